/**
 * Checks whether an answer follows the instructions of IFEval. The package stands on {@code
 * tare.evaluate}. Begin with {@link tare.evaluate.ifeval.Instruction}.
 */
package tare.evaluate.ifeval;
