package tare.spark;

import org.apache.spark.api.java.function.Function;
import tare.model.Precision;

/**
 * Finds the fastest precision on a worker. The argument is a device.
 *
 * @param threads number of threads of the tensor library
 */
record PrecisionOnWorker(int threads) implements Function<String, String> {

  @Override
  public String call(String device) {
    return Precision.AUTO.resolvedOn(AssignedDevice.or(device, threads)).label();
  }
}
