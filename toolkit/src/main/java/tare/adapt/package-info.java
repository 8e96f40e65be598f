/**
 * From a model and a purpose to a compressed model: candidates for the calibration set compete in
 * partly compressed models, and a set is taken only if it beats a random draw on text that took no
 * part in choosing it. The package stands on selection, compression, evaluation and export. Begin
 * with {@link tare.adapt.Adaptation}.
 */
package tare.adapt;
