package tare.spark;

import ai.djl.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import tare.data.Progress;
import tare.model.Precision;
import tare.study.Study;
import tare.study.Trial;
import tare.study.TrialOutput;
import tare.study.TrialRun;

/**
 * Runs one trial on a worker. Errors become replies, because a thrown exception would end the whole
 * job.
 */
final class TrialOnWorker implements Function<TrialRequest, TrialReply> {

  @Override
  public TrialReply call(TrialRequest order) {
    SparkExecutor here = SparkExecutor.here();
    Device device;
    WorkerMaterials open;
    Trial trial;
    try {
      device = AssignedDevice.or(order.device(), order.threads());
      open = WorkerMaterials.of(order, device);
      trial = open.trial(order);
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) {
      return new TrialReply.Unfit(here, String.valueOf(e.getMessage()));
    }
    synchronized (open) {
      try {
        return new TrialReply.Done(here, done(order, device, open, trial));
      } catch (CancellationException e) {
        throw e;
      } catch (RuntimeException | IOException e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        return new TrialReply.Failed(here, trace.toString());
      }
    }
  }

  /** The files of the trial, or none if they are written into the folder of results. */
  private static List<TrialOutput> done(
      TrialRequest order, Device device, WorkerMaterials open, Trial trial) throws IOException {
    TrialRun work =
        new TrialRun(
            Study.parse(order.study()).name(),
            open.materials(),
            device,
            Precision.named(order.precision()),
            open.materials().data().resolve("runs/unfinished").resolve(trial.id()),
            Clock.systemUTC(),
            Progress.NONE);
    TrialOutput output = TrialOutput.of(trial, work.apply(trial));
    if (order.results().isEmpty()) {
      return List.of(output);
    }
    String application = SparkEnv.get().conf().getAppId();
    output.write(
        Path.of(order.results()), "." + application + "." + TaskContext.get().taskAttemptId());
    return List.of();
  }
}
