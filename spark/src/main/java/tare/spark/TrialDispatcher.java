package tare.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import tare.data.Progress;
import tare.study.ResultFolder;
import tare.study.Trial;

/**
 * Gives each free executor its next trial, as a Spark job of one task, until no trial is left.
 * Spark finds the executor, and tries again elsewhere when an executor dies. Trials do not wait in
 * Spark's own queue, because there a trial would be separated from others that share its model.
 */
final class TrialDispatcher {

  private static final long LOOK_AGAIN_MILLISECONDS = 200;

  /** How long to wait for other executors when no current one can run a trial. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** Number of times a trial may fail when Spark keeps returning it to the same executor. */
  private static final int MOST_FAILURES = 4;

  /** Number of concurrent jobs on a cluster that grows with its queue. */
  private static final int MOST_WAITING = 256;

  private final ClusterConnection cluster;
  private final WaitingTrials open;
  private final BiFunction<Trial, Integer, TrialRequest> orders;
  private final ResultFolder results;
  private final Progress progress;
  private final int total;
  private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
  private final Map<Trial, Optional<SparkExecutor>> running = new LinkedHashMap<>();
  private final Map<Trial, List<TrialReply.Failed>> failures = new HashMap<>();
  private final Map<String, String> unfit = new LinkedHashMap<>();
  private int done;
  private long lastFit = System.nanoTime();

  private record Answer(Trial trial, TrialReply reply) {}

  /**
   * A dispatch that has sent nothing yet.
   *
   * @param open the trials
   * @param orders makes the order for a trial and a number of threads
   * @param results receives the results
   * @param done number of finished trials of the study
   * @param total number of all its trials
   */
  TrialDispatcher(
      ClusterConnection cluster,
      WaitingTrials open,
      BiFunction<Trial, Integer, TrialRequest> orders,
      ResultFolder results,
      Progress progress,
      int done,
      int total) {
    this.cluster = cluster;
    this.open = open;
    this.orders = orders;
    this.results = results;
    this.progress = progress;
    this.done = done;
    this.total = total;
  }

  /**
   * Runs all trials.
   *
   * @throws CancellationException if the thread is interrupted; finished trials are kept
   * @throws java.io.UncheckedIOException if the cluster ends the application
   * @throws IllegalArgumentException if no worker has the study's models and data
   */
  void run() {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      while (!open.isEmpty() || !running.isEmpty()) {
        cluster.requireOpen();
        assign(threads);
        Answer answer = answers.poll(LOOK_AGAIN_MILLISECONDS, TimeUnit.MILLISECONDS);
        if (answer != null) {
          running.remove(answer.trial());
          assign(threads);
          take(answer);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("Stopped; start the study again to continue.");
    } finally {
      threads.shutdownNow();
    }
  }

  private void assign(ExecutorService threads) {
    if (cluster.grows()) {
      for (boolean more = true; more && running.size() < MOST_WAITING; ) {
        more = send(open.next("", Set.of("")), Optional.empty(), threads);
      }
      return;
    }
    List<SparkExecutor> fit = fit();
    Set<String> names = fit.stream().map(SparkExecutor::id).collect(Collectors.toSet());
    requireSome(fit);
    for (SparkExecutor executor : fit) {
      boolean more = true;
      while (more && isFree(executor) && running.size() < fit.size() * cluster.slots()) {
        more = send(open.next(executor.id(), names), Optional.of(executor), threads);
      }
    }
  }

  private List<SparkExecutor> fit() {
    return cluster.executors().stream().filter(each -> !unfit.containsKey(each.id())).toList();
  }

  private boolean isFree(SparkExecutor executor) {
    return running.values().stream().filter(Optional.of(executor)::equals).count()
        < cluster.slots();
  }

  private boolean send(
      Optional<Trial> next, Optional<SparkExecutor> executor, ExecutorService threads) {
    next.ifPresent(
        trial -> {
          running.put(trial, executor);
          TrialRequest order = orders.apply(trial, cluster.threads(executor));
          threads.execute(() -> answers.add(new Answer(trial, reply(order, executor))));
        });
    return next.isPresent();
  }

  /** Waits for a reply. Spark throws checked exceptions that Scala does not declare. */
  private TrialReply reply(TrialRequest order, Optional<SparkExecutor> executor) {
    try {
      return cluster.send(order, executor.map(List::of).orElse(List.of()));
    } catch (Exception e) {
      return new TrialReply.GivenUp(e);
    }
  }

  private void requireSome(List<SparkExecutor> fit) {
    if (!fit.isEmpty() || !running.isEmpty() || unfit.isEmpty()) {
      lastFit = System.nanoTime();
    } else if (System.nanoTime() - lastFit > PATIENCE_NANOS) {
      throw new IllegalArgumentException(
          "No worker can run the study: " + String.join("; ", unfit.values()));
    }
  }

  private void take(Answer answer) {
    Trial trial = answer.trial();
    if (answer.reply() instanceof TrialReply.Done reply) {
      if (reply.output().isEmpty()) {
        results.added(trial);
      } else {
        results.add(trial, reply.output().get(0));
      }
      done++;
      tell(trial, "done by " + reply.by());
    } else if (answer.reply() instanceof TrialReply.Unfit reply) {
      leaveOut(trial, reply);
    } else if (answer.reply() instanceof TrialReply.Failed reply) {
      failed(trial, reply);
    } else if (answer.reply() instanceof TrialReply.GivenUp reply) {
      requireOurClasses(reply.reason());
      cluster.requireOpen();
      giveUp(trial, new WorkerFailure("Spark gave this trial up.", reply.reason()));
    }
  }

  /**
   * Leaves an unfit executor out. Where Spark chooses the executor, none can be left out, so there
   * it counts as a failure of the trial.
   */
  private void leaveOut(Trial trial, TrialReply.Unfit reply) {
    if (cluster.grows()) {
      failed(trial, new TrialReply.Failed(reply.by(), reply.reason()));
      return;
    }
    String reason = reply.by() + " is left out: " + reply.reason();
    if (unfit.put(reply.by().id(), reason) == null) {
      progress.at(reason, done, total);
    }
    open.putBack(trial, reply.by().id());
  }

  private void failed(Trial trial, TrialReply.Failed reply) {
    List<TrialReply.Failed> all = failures.computeIfAbsent(trial, any -> new ArrayList<>());
    all.add(reply);
    if (all.size() == 1 || hasNotBeenElsewhere(all)) {
      open.putBack(trial, reply.by().id());
      tell(trial, "failed on " + reply.by() + "; it is tried again");
    } else {
      String told = all.stream().map(TrialDispatcher::told).collect(Collectors.joining("\n"));
      giveUp(trial, new WorkerFailure(told, null));
    }
  }

  /**
   * Whether a trial has only failed on one executor. Spark prefers the executor that it is given,
   * but takes another if that one stays busy.
   */
  private boolean hasNotBeenElsewhere(List<TrialReply.Failed> all) {
    Set<String> seen = all.stream().map(each -> each.by().id()).collect(Collectors.toSet());
    return seen.size() == 1
        && all.size() < MOST_FAILURES
        && !cluster.grows()
        && fit().stream().anyMatch(each -> !seen.contains(each.id()));
  }

  private static String told(TrialReply.Failed failed) {
    return "On " + failed.by() + ": " + failed.trace();
  }

  private void giveUp(Trial trial, WorkerFailure failure) {
    results.failed(trial, failure);
    tell(trial, "failed");
  }

  private void tell(Trial trial, String what) {
    progress.at(trial.summary() + ": " + what, done, total);
  }

  private static void requireOurClasses(Exception reason) {
    if (String.valueOf(reason.getMessage()).contains("ClassNotFoundException: tare.")) {
      throw new IllegalArgumentException(
          "The workers do not have Tare on their class path: start them with spark/target as their"
              + " SPARK_HOME, or name its jars with spark.jars.",
          reason);
    }
  }

  /**
   * Reports that a trial failed on workers. The message holds the workers' messages and stack
   * traces.
   */
  private static final class WorkerFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** A failure without a stack trace of the driver, which would explain nothing. */
    WorkerFailure(String message, Throwable cause) {
      super(message, cause, false, false);
    }
  }
}
