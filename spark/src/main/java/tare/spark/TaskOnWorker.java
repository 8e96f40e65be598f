package tare.spark;

import java.io.IOException;
import org.apache.spark.api.java.function.VoidFunction;
import tare.study.ClusterEngine;

/**
 * Runs a task on a worker.
 *
 * @param device the device if the cluster assigns none
 * @param threads number of threads of the tensor library
 */
record TaskOnWorker(String device, int threads) implements VoidFunction<ClusterEngine.Task> {

  /** One task at a time uses the tensor library of this process. */
  private static final Object LIBRARY = new Object();

  @Override
  public void call(ClusterEngine.Task task) throws IOException {
    synchronized (LIBRARY) {
      task.run(AssignedDevice.or(device, threads));
    }
  }
}
