/**
 * ACDM: text whose activations lie nearest to those of reference tasks. It stands on {@code
 * tare.select.activation}. Begin with {@link tare.select.acdm.Acdm}.
 */
package tare.select.acdm;
