/**
 * The instructions of IFEval, each with the check of its answer. It stands on {@code
 * tare.evaluate}. Begin with {@link tare.evaluate.ifeval.Instruction}.
 */
package tare.evaluate.ifeval;
