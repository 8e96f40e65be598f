/**
 * Text and calibration sets: corpora, windows of tokens, budgets, and the files that hold them. It
 * knows no model. Begin with {@link tare.data.Corpus} and {@link tare.data.CalibrationSet}.
 */
package tare.data;
