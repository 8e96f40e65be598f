package tare.adapt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.WholeFile;

/**
 * The folder of a run. Each finished step is one file, which appears when it is whole, so a run
 * that is killed goes on after its last finished step.
 */
final class AdaptFolder implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PLAN = "adaptation.json";

  private final Path out;
  private final Closeable lock;

  private AdaptFolder(Path out, Closeable lock) {
    this.out = out;
    this.lock = lock;
  }

  /**
   * Opens a folder, which is made if it is missing.
   *
   * @param plan all settings that determine the result
   * @throws IllegalArgumentException if the folder holds something else, the work of another plan,
   *     or is being written by another process
   * @throws IOException if it cannot be written
   */
  static AdaptFolder open(Path out, ObjectNode plan) throws IOException {
    Path file = out.resolve(PLAN);
    requireOwn(out, file);
    Files.createDirectories(out);
    FileChannel lock = lock(out);
    try {
      if (Files.exists(file)) {
        requireSame(out, JSON.readTree(file.toFile()), JSON.readTree(JSON.writeValueAsBytes(plan)));
      } else {
        WholeFile.write(
            file, to -> to.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(plan)));
      }
      WholeFile.removeUnfinished(out);
      return new AdaptFolder(out, lock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** The folder of a run of another process, which has sent this one a task. */
  static AdaptFolder join(Path out) {
    return new AdaptFolder(out, () -> {});
  }

  private static void requireOwn(Path out, Path plan) throws IOException {
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new IllegalArgumentException("--out %s is a file: give a folder.".formatted(out));
    }
    if (!Files.isDirectory(out) || Files.exists(plan)) {
      return;
    }
    try (Stream<Path> files = Files.list(out)) {
      List<String> others =
          files
              .map(each -> each.getFileName().toString())
              .filter(each -> !each.equals(".lock"))
              .toList();
      if (!others.isEmpty()) {
        throw new IllegalArgumentException(
            "--out %s is in use by something else: it holds %s, but no %s. Give another folder."
                .formatted(out, others.get(0), PLAN));
      }
    }
  }

  /** Refuses the folder of another plan, and names the fields that differ. */
  private static void requireSame(Path out, JsonNode there, JsonNode here) {
    TreeSet<String> fields = new TreeSet<>();
    there.fieldNames().forEachRemaining(fields::add);
    here.fieldNames().forEachRemaining(fields::add);
    List<String> differing = new ArrayList<>();
    for (Iterator<String> all = fields.iterator(); all.hasNext(); ) {
      String field = all.next();
      if (!there.path(field).equals(here.path(field))) {
        differing.add(
            "%n  %s: %s there, %s here".formatted(field, there.path(field), here.path(field)));
      }
    }
    if (!differing.isEmpty()) {
      throw new IllegalArgumentException(
          "--out %s holds the work of another command: give another folder, or delete it.%s"
              .formatted(out, String.join("", differing)));
    }
  }

  private static FileChannel lock(Path out) throws IOException {
    FileChannel channel =
        FileChannel.open(out.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw new IllegalArgumentException(
          "--out %s: a run in this program is open there. Close it first, in a notebook with run.close()."
              .formatted(out));
    }
    channel.close();
    throw new IllegalArgumentException(
        "--out %s is being written by another run: wait for it, or give another folder."
            .formatted(out));
  }

  Path path(String name) {
    return out.resolve(name);
  }

  /** A folder for what is needed only while the run goes on. */
  Path work(String name) {
    return out.resolve("work").resolve(name);
  }

  /** What a finished step has written, if it is finished. */
  <T> Optional<T> read(String step, Class<T> type) {
    Path file = work(step + ".json");
    try {
      return Files.exists(file)
          ? Optional.of(JSON.readValue(file.toFile(), type))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + " cannot be read: delete it, and the step runs again", e);
    }
  }

  /** Finishes a step. */
  void write(String step, Object content) {
    write(work(step + ".json"), JSON.valueToTree(content));
  }

  private static void write(Path file, JsonNode content) {
    try {
      WholeFile.write(
          file, to -> to.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content)));
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  /** What is kept of a chosen set beside its samples. */
  private record Choice(boolean random, List<String> notes, double seconds, String selector) {}

  /** A contender that was chosen before. */
  Optional<Contender> contender(String name) {
    return read("sets/" + name, Choice.class)
        .map(
            choice -> {
              try {
                CalibrationSet set = CalibrationFile.read(set(name));
                return new Contender(name, choice.random(), set, choice.notes(), choice.seconds());
              } catch (IOException e) {
                throw new UncheckedIOException(set(name) + " cannot be read", e);
              }
            });
  }

  /** Whether a contender was chosen before. */
  boolean isChosen(String name) {
    return Files.exists(work("sets/" + name + ".json"));
  }

  /** Keeps a chosen contender. */
  void write(Contender contender) {
    try {
      Files.createDirectories(work("sets"));
      CalibrationFile.write(set(contender.name()), contender.set());
    } catch (IOException e) {
      throw new UncheckedIOException(set(contender.name()) + " cannot be written", e);
    }
    write(
        "sets/" + contender.name(),
        new Choice(
            contender.random(),
            contender.notes(),
            contender.seconds(),
            contender.set().selector()));
  }

  private Path set(String name) {
    return work("sets").resolve(name + ".jsonl");
  }

  /** Deletes a folder of the work. */
  void forget(String name) {
    delete(work(name));
  }

  /** Deletes a folder with all that it holds. */
  static void delete(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be deleted", e);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
