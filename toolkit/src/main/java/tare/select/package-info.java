/**
 * Chooses calibration sets by their text; holds also what all selectors share. The package stands
 * on {@code tare.data} and {@code tare.model}. Begin with {@link tare.select.Selector}.
 */
package tare.select;
