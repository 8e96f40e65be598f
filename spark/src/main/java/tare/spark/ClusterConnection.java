package tare.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import tare.data.Progress;
import tare.model.Precision;
import tare.study.ClusterEngine;

/**
 * A connection to a Spark cluster.
 *
 * @param spark the connection
 */
record ClusterConnection(JavaSparkContext spark) implements AutoCloseable {

  private static final String GPUS = "spark.executor.resource.gpu.amount";
  private static final long LOOK_AGAIN_MILLISECONDS = 200;
  private static final String THREADS = "spark.executorEnv.OMP_NUM_THREADS";

  /**
   * Connects to a cluster.
   *
   * @param master Spark's address of the cluster
   * @param study names the application
   * @throws IllegalArgumentException if Spark cannot start with these settings
   */
  static ClusterConnection connect(String master, String study) {
    try {
      return new ClusterConnection(new JavaSparkContext(configuration(master, study)));
    } catch (
        Exception
            e) { // Catches everything, because Spark throws checked exceptions that Scala does not
      // declare.
      throw new IllegalArgumentException(
          "Spark cannot start on %s: %s".formatted(master, e.getMessage()), e);
    }
  }

  /**
   * The user's settings, which are system properties that begin with {@code spark.}, and those that
   * trials need. A trial uses all threads of its executor, so an executor runs one trial at a time,
   * or one on each of its GPUs.
   */
  static SparkConf configuration(String master, String study) {
    SparkConf settings =
        new SparkConf()
            .setMaster(master)
            .setIfMissing("spark.app.name", "tare " + study)
            .setIfMissing("spark.ui.enabled", "false")
            .setIfMissing("spark.locality.wait", "1s")
            .setIfMissing("spark.locality.wait.process", "10s");
    if (settings.contains(GPUS)) {
      settings.setIfMissing("spark.task.resource.gpu.amount", "1");
    } else if (settings.contains("spark.executor.cores")) {
      settings.setIfMissing("spark.task.cpus", settings.get("spark.executor.cores"));
    }
    return settings;
  }

  /** Number of trials that an executor runs at the same time. */
  int slots() {
    return Math.max(1, spark.getConf().getInt(GPUS, 1));
  }

  /**
   * Number of threads that the tensor library uses for each trial: the user's setting, else the
   * trial's share of the executor's cores. Spark itself would set one thread for each {@code
   * spark.task.cpus}.
   *
   * @param executor empty while it is unknown, on a cluster that grows
   */
  int threads(Optional<SparkExecutor> executor) {
    int cores =
        executor
            .flatMap(each -> summaries().filter(one -> one.id().equals(each.id())).findFirst())
            .map(ExecutorSummary::totalCores)
            .orElseGet(() -> spark.getConf().getInt("spark.executor.cores", 1));
    return spark.getConf().getInt(THREADS, Math.max(1, cores / slots()));
  }

  /** Whether Spark starts executors when tasks wait for them. */
  boolean grows() {
    return spark.getConf().getBoolean("spark.dynamicAllocation.enabled", false);
  }

  /** The current executors. Without a cluster, this is the driver. */
  List<SparkExecutor> executors() {
    return summaries()
        .filter(each -> !each.id().equals("driver") || spark.isLocal())
        // the port is missing at first
        .map(each -> new SparkExecutor(each.id(), each.hostPort().replaceFirst(":\\d+$", "")))
        .toList();
  }

  private Stream<ExecutorSummary> summaries() {
    return CollectionConverters.asJava(spark.sc().statusStore().executorList(true)).stream();
  }

  /**
   * Checks that the cluster has not ended this application.
   *
   * @throws UncheckedIOException if it has
   */
  void requireOpen() {
    if (spark.sc().isStopped()) {
      throw new UncheckedIOException(
          "The cluster has ended this run or cannot be reached. Finished trials are kept; start the"
              + " study again to continue.",
          new IOException("Spark has stopped"));
    }
  }

  /**
   * Sends an order and waits for the reply.
   *
   * @param executors preferred executors; Spark takes another if they are busy, or if none is given
   */
  TrialReply send(TrialRequest order, List<SparkExecutor> executors) {
    List<String> places = executors.stream().map(SparkExecutor::location).toList();
    return placed(order, TrialRequest.class, places).map(new TrialOnWorker()).first();
  }

  /** One value with the executors that should take it. */
  private <T> JavaRDD<T> placed(T value, Class<T> type, List<String> places) {
    Seq<Tuple2<T, Seq<String>>> one = seq(List.of(new Tuple2<>(value, seq(places))));
    return spark.sc().makeRDD(one, ClassTag$.MODULE$.<T>apply(type)).toJavaRDD();
  }

  /**
   * Runs tasks, one at a time on each slot of each executor, and waits for all of them. Spark tries
   * a task that fails four times.
   *
   * @param progress told how many tasks are done
   * @throws IllegalArgumentException if a task fails each time
   * @throws CancellationException if the thread is interrupted
   */
  void runAll(List<ClusterEngine.Task> tasks, String device, Progress progress) {
    List<SparkExecutor> there = waited();
    TaskOnWorker work = new TaskOnWorker(device, threads(there.stream().findFirst()));
    List<List<String>> places =
        grows()
            ? Collections.nCopies(tasks.size(), List.of())
            : there.stream()
                .flatMap(each -> Collections.nCopies(slots(), List.of(each.location())).stream())
                .toList();
    Queue<ClusterEngine.Task> left = new ConcurrentLinkedQueue<>(tasks);
    AtomicInteger done = new AtomicInteger();
    ExecutorService senders = Executors.newFixedThreadPool(places.size());
    try {
      List<Future<?>> all = new ArrayList<>();
      for (List<String> place : places) {
        all.add(
            senders.submit(
                () -> {
                  for (ClusterEngine.Task t = left.poll(); t != null; t = left.poll()) {
                    placed(t, ClusterEngine.Task.class, place).foreach(work);
                    done.incrementAndGet();
                  }
                }));
      }
      for (Future<?> each : all) {
        while (!isDone(each)) {
          requireOpen();
          progress.at("tasks on " + spark.master(), done.get(), tasks.size());
        }
      }
      progress.at("tasks on " + spark.master(), done.get(), tasks.size());
    } finally {
      senders.shutdownNow();
    }
  }

  /** Waits a moment for a sender. */
  private static boolean isDone(Future<?> sender) {
    try {
      sender.get(LOOK_AGAIN_MILLISECONDS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalArgumentException("A task failed on the cluster: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("Stopped; start the command again to continue.");
    }
  }

  /** The executors, when there is one or the cluster starts them on demand. */
  private List<SparkExecutor> waited() {
    List<SparkExecutor> there = executors();
    while (there.isEmpty() && !grows()) {
      requireOpen();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MILLISECONDS));
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("Stopped; start the command again to continue.");
      }
      there = executors();
    }
    return there;
  }

  /**
   * Resolves AUTO on a worker. The first free worker measures, with as many threads as trials have.
   *
   * @throws IllegalArgumentException if the measurement fails
   * @throws CancellationException if the thread is interrupted
   */
  Precision fastest(String device) {
    List<SparkExecutor> there = waited();
    try {
      PrecisionOnWorker task = new PrecisionOnWorker(threads(there.stream().findFirst()));
      return Precision.named(spark.parallelize(List.of(device), 1).map(task).first());
    } catch (
        Exception
            e) { // Catches everything, because Spark throws checked exceptions that Scala does not
      // declare.
      throw new IllegalArgumentException(
          "No worker can find out which precision is fastest; name one in the study file. "
              + e.getMessage(),
          e);
    }
  }

  private static <T> Seq<T> seq(List<T> values) {
    return CollectionConverters.asScala(values).toSeq();
  }

  @Override
  public void close() {
    spark.close();
  }

  /**
   * Finds the fastest precision on a worker. The argument is a device.
   *
   * @param threads number of threads of the tensor library
   */
  private record PrecisionOnWorker(int threads) implements Function<String, String> {

    @Override
    public String call(String device) {
      return Precision.AUTO.resolvedOn(AssignedDevice.or(device, threads)).label();
    }
  }
}
