/**
 * Rules that choose a calibration set by its text, and what all selectors share. It stands on
 * {@code tare.data} and {@code tare.model}. Begin with {@link tare.select.Selector}.
 */
package tare.select;
