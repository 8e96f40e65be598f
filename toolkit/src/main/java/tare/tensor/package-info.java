/**
 * Tensor operations that DJL lacks: storage types widened to float32, Cholesky factors, selection
 * of the lowest, and fused PyTorch calls written in TorchScript. The package stands on DJL alone.
 * Begin with {@link tare.tensor.StorageType}.
 */
package tare.tensor;
