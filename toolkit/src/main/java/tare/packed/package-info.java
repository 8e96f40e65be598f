/**
 * Reads models whose linear layers another tool has packed, in the layouts that transformers, vLLM
 * and others use. {@link tare.export} writes such layouts.
 */
package tare.packed;
