/**
 * Chooses text whose activations are nearest to those of reference tasks: ACDM by their mean sizes,
 * Gram matching by their Gram matrices, and a search for the shares of a mixture. The package
 * stands on {@code tare.select.activation}. Begin with {@link tare.select.acdm.Acdm}.
 */
package tare.select.acdm;
