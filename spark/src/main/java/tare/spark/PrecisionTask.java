package tare.spark;

import org.apache.spark.api.java.function.Function;
import tare.model.Precision;

/**
 * The precision that is fastest on a worker; the argument is a device.
 *
 * @param threads of the tensor library
 */
record PrecisionTask(int threads) implements Function<String, String> {

  @Override
  public String call(String device) {
    return Precision.AUTO.on(AssignedDevice.or(device, threads)).label();
  }
}
