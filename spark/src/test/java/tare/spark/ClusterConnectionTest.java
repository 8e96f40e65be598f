package tare.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is asked of Spark, from a user's settings. */
class ClusterConnectionTest {

  @AfterEach
  void noSettings() {
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("spark."))
        .forEach(System::clearProperty);
  }

  @Test
  void aTaskHasAWholeExecutorOrOneGpu() {
    SparkConf plain = ClusterConnection.configuration("spark://a:1", "stones");
    assertThat(plain.get("spark.master")).isEqualTo("spark://a:1");
    assertThat(plain.get("spark.app.name")).isEqualTo("tare stones");
    assertThat(plain.contains("spark.task.cpus")).isFalse();

    System.setProperty("spark.executor.cores", "8");
    assertThat(ClusterConnection.configuration("spark://a:1", "stones").get("spark.task.cpus"))
        .isEqualTo("8");

    System.setProperty("spark.executor.resource.gpu.amount", "4");
    SparkConf gpus = ClusterConnection.configuration("spark://a:1", "stones");
    assertThat(gpus.get("spark.task.resource.gpu.amount")).isEqualTo("1");
    assertThat(gpus.contains("spark.task.cpus")).isFalse();
  }
}
