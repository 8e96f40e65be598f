/**
 * Arithmetic on tensors that the tensor library lacks: storage types widened to float32, Cholesky,
 * and fused calls written in TorchScript. It stands on DJL alone. Begin with {@link
 * tare.tensor.StorageType}.
 */
package tare.tensor;
