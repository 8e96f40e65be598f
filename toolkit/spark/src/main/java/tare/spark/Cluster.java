package tare.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import tare.model.Precision;

/**
 * A connection to a Spark cluster.
 *
 * @param spark the connection
 */
record Cluster(JavaSparkContext spark) implements AutoCloseable {

  private static final String GPUS = "spark.executor.resource.gpu.amount";

  /**
   * Connects.
   *
   * @param master as Spark has it
   * @param study names the application
   * @throws IllegalArgumentException if Spark cannot start with these settings
   */
  static Cluster connect(String master, String study) {
    try {
      return new Cluster(new JavaSparkContext(configuration(master, study)));
    } catch (Exception e) { // among them checked ones, which Scala does not declare
      throw new IllegalArgumentException(
          "Spark cannot start on %s: %s".formatted(master, e.getMessage()), e);
    }
  }

  /**
   * The user's settings, which are system properties that begin with {@code spark.}, and what
   * trials need. A trial uses all threads of its executor, so an executor runs one at a time, or
   * one on each of its GPUs.
   */
  static SparkConf configuration(String master, String study) {
    SparkConf settings =
        new SparkConf()
            .setMaster(master)
            .setIfMissing("spark.app.name", "tare " + study)
            .setIfMissing("spark.ui.enabled", "false")
            .setIfMissing("spark.locality.wait", "1s");
    if (settings.contains(GPUS)) {
      settings.setIfMissing("spark.task.resource.gpu.amount", "1");
    } else if (settings.contains("spark.executor.cores")) {
      settings.setIfMissing("spark.task.cpus", settings.get("spark.executor.cores"));
    }
    return settings;
  }

  /** How many trials an executor runs at once. */
  int slots() {
    return Math.max(1, spark.getConf().getInt(GPUS, 1));
  }

  /** Whether Spark starts executors when tasks wait for them. */
  boolean grows() {
    return spark.getConf().getBoolean("spark.dynamicAllocation.enabled", false);
  }

  /** The executors that are there now. Without a cluster, that is the driver. */
  List<Executor> executors() {
    List<Executor> there = new ArrayList<>();
    for (ExecutorSummary each :
        CollectionConverters.asJava(spark.sc().statusStore().executorList(true))) {
      if (!each.id().equals("driver") || spark.isLocal()) {
        // the port is missing at first
        there.add(new Executor(each.id(), each.hostPort().replaceFirst(":\\d+$", "")));
      }
    }
    return there;
  }

  /** Whether the cluster has ended this application. */
  boolean isClosed() {
    return spark.sc().isStopped();
  }

  /**
   * Sends an order and waits for the reply.
   *
   * @param executors those that should have it; Spark takes another when they are busy, or if there
   *     are none
   */
  Reply send(TrialOrder order, List<Executor> executors) {
    Seq<String> locations = seq(executors.stream().map(Executor::location).toList());
    Seq<Tuple2<TrialOrder, Seq<String>>> one = seq(List.of(new Tuple2<>(order, locations)));
    return spark
        .sc()
        .makeRDD(one, ClassTag$.MODULE$.<TrialOrder>apply(TrialOrder.class))
        .toJavaRDD()
        .map(new TrialTask())
        .first();
  }

  /** What AUTO stands for on a worker: one of them tries. */
  Precision fastest(String device) {
    return Precision.named(spark.parallelize(List.of(device), 1).map(new PrecisionTask()).first());
  }

  private static <T> Seq<T> seq(List<T> values) {
    return CollectionConverters.asScala(values).toSeq();
  }

  @Override
  public void close() {
    spark.close();
  }
}
