package tare.spark;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A standalone Spark cluster of processes on this machine's loopback, from the Spark home that the
 * build makes. Who does not know its secret is turned away.
 */
final class Standalone implements AutoCloseable {

  /** Several processes share this machine, and threads that wait for each other would be slow. */
  static final Map<String, String> ONE_THREAD = Map.of("OMP_NUM_THREADS", "1");

  private static final Path HOME = Path.of("target").toAbsolutePath();

  private final Path folder;
  private final int port;
  private final String secret = UUID.randomUUID().toString();
  private final List<Process> processes = new ArrayList<>();

  private Standalone(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts a master.
   *
   * @param folder where workers work and logs lie
   */
  static Standalone start(Path folder) throws IOException, InterruptedException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, loopback)) {
      port = free.getLocalPort();
    }
    Standalone cluster = new Standalone(folder, port);
    Process master =
        cluster.daemon(
            Map.of(),
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--webui-port",
            "0");
    for (boolean there = false; !there; ) {
      if (!master.isAlive()) {
        throw new IOException("The master has ended; its log is in " + folder);
      }
      try (Socket socket = new Socket(loopback, port)) {
        there = socket.getLocalPort() != port; // a port may connect to itself
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
    return cluster;
  }

  String master() {
    return "spark://127.0.0.1:" + port;
  }

  /** A worker of one core. */
  Process worker(Map<String, String> environment) throws IOException {
    return daemon(
        environment,
        "org.apache.spark.deploy.worker.Worker",
        "--host",
        "127.0.0.1",
        "--cores",
        "1",
        "--memory",
        "1g",
        "--webui-port",
        "0",
        "--work-dir",
        folder.resolve("worker-" + processes.size()).toString(),
        master());
  }

  /** Starts the toolkit, with the cluster's secret; what it prints goes into a file. */
  Process tare(Path printed, List<String> arguments) throws IOException {
    return java(Map.of(), printed, "tare.cli.Tare", arguments);
  }

  private Process daemon(Map<String, String> environment, String main, String... arguments)
      throws IOException {
    Path log = folder.resolve("daemon-" + processes.size() + ".log");
    Process process = java(environment, log, main, List.of(arguments));
    processes.add(process);
    return process;
  }

  private Process java(
      Map<String, String> environment, Path printed, String main, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-Djava.awt.headless=true"));
    command.add("-Dspark.authenticate=true");
    command.add("-Dspark.authenticate.secret=" + secret);
    command.add("-Dspark.master.rest.enabled=false");
    command.addAll(List.of("-cp", HOME.resolve("jars") + File.separator + "*", main));
    command.addAll(arguments);
    Files.createDirectories(printed.getParent());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("TARE_DATA");
    builder.environment().put("SPARK_HOME", HOME.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().putAll(ONE_THREAD);
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).redirectOutput(printed.toFile()).start();
  }

  /** Kills a process and those that it has started, at once. */
  static void kill(Process process) {
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    process.onExit().join();
  }

  @Override
  public void close() {
    for (Process process : processes) {
      kill(process);
    }
  }
}
