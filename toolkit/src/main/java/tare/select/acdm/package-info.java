/**
 * ACDM chooses text whose activations are nearest to those of reference tasks. The package stands
 * on {@code tare.select.activation}. Begin with {@link tare.select.acdm.Acdm}.
 */
package tare.select.acdm;
