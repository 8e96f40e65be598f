/**
 * Text and calibration sets: corpora, windows of tokens, budgets, and their files. The package
 * knows no model. Begin with {@link tare.data.Corpus} and {@link tare.data.CalibrationSet}.
 */
package tare.data;
