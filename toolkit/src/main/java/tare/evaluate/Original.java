package tare.evaluate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.Sha256;
import tare.data.WholeFile;
import tare.data.Windows;
import tare.model.Checkpoint;
import tare.model.DecoderEnds;
import tare.model.DecoderModel;
import tare.model.Positions;
import tare.model.Precision;

/**
 * The uncompressed model that compressed ones are compared with. Its logits would fill a disk. Its
 * hidden states after the last norm and its output matrix give the same logits exactly, so these
 * states are kept: a file for each window, in a folder for each model and precision. Its
 * log-likelihoods of continuations are kept there, too.
 *
 * <p>The folder may be deleted at any time, and several evaluations may use it at once. Beyond its
 * bound, the files that were not used for the longest time are deleted.
 */
public final class Original implements AutoCloseable {

  /** Largest size of the folder in bytes, unless one text alone needs more. */
  private static final long BOUND = 4L << 30;

  private static final int BATCH_TOKENS = 2048;
  private static final int FEW = 2; // batches, for which reading a block each time costs little
  private static final String HIDDEN = ".hidden";
  private static final String LIKELIHOODS = ".likelihoods";

  private final Checkpoint checkpoint;
  private final Device device;
  private final Precision precision;
  private final Path kept;
  private final long bound;
  private final Set<TextWindows> texts = new HashSet<>();
  private NDManager manager;
  private DecoderEnds ends;

  /**
   * An original of which nothing is computed yet.
   *
   * @param device device of the tensors
   * @param precision precision of the evaluation
   * @param kept the folder of hidden states, for instance {@code data/runs/last-hidden}; made if it
   *     is missing
   */
  public Original(Checkpoint checkpoint, Device device, Precision precision, Path kept) {
    this(checkpoint, device, precision, kept, BOUND);
  }

  Original(Checkpoint checkpoint, Device device, Precision precision, Path kept, long bound) {
    this.checkpoint = checkpoint;
    this.device = device;
    this.precision = precision.resolvedOn(device);
    this.kept = kept;
    this.bound = bound;
  }

  /**
   * Computes the hidden states of a text that are not kept yet, and keeps them. The model is in
   * memory only meanwhile, for a short text one block at a time: call this before another model is
   * loaded.
   *
   * @throws IllegalArgumentException if the text is shorter than a window, or a window longer than
   *     the model's context
   */
  public void keep(Perplexity text) {
    text.requireFits(checkpoint);
    texts.add(new TextWindows(text.text(), text.window(), text.windows()));
    int[] tokens = checkpoint.tokenizer().encodePrompt(text.text());
    keep(Windows.cut(tokens, text.window(), text.windows()));
  }

  /** Whether {@link #keep} was told of these windows: they will be compared. */
  boolean keeps(TextWindows text) {
    return texts.contains(text);
  }

  private void keep(List<int[]> windows) {
    List<int[]> open =
        windows.stream().filter(window -> !Files.isRegularFile(file(window))).toList();
    if (open.isEmpty()) {
      return;
    }
    makeRoom(open.stream().mapToLong(this::bytes).sum());
    try (DecoderModel model = DecoderModel.open(checkpoint, device, precision)) {
      int batch = Math.max(1, BATCH_TOKENS / open.get(0).length);
      if (open.size() > FEW * batch) {
        model.hold();
      }
      for (int from = 0; from < open.size(); from += batch) {
        keep(open.subList(from, Math.min(open.size(), from + batch)), model);
      }
    }
  }

  private void keep(List<int[]> batch, DecoderModel model) {
    Scorer.requireNotInterrupted();
    int length = batch.get(0).length;
    try (NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(length, checkpoint.config(), scope);
      NDArray hidden = model.hidden(batch.toArray(int[][]::new), positions, scope);
      for (int i = 0; i < batch.size(); i++) {
        try (NDManager inner = scope.newSubManager()) {
          NDArray one = hidden.get(inner, i).toType(DataType.FLOAT32, false);
          write(file(batch.get(i)), one.toFloatArray());
        }
      }
    }
  }

  /**
   * The hidden states of windows of equal length, computed where they are not kept.
   *
   * @param scope owns the result
   * @return {@code [windows · length, width]}, float32
   */
  NDArray hidden(List<int[]> windows, NDManager scope) {
    int length = windows.get(0).length;
    int width = checkpoint.config().embeddingWidth();
    float[] all = new float[windows.size() * length * width];
    for (int i = 0; i < windows.size(); i++) {
      Optional<float[]> found = read(windows.get(i));
      if (found.isEmpty()) {
        keep(windows.subList(i, windows.size()));
        found = read(windows.get(i));
      }
      float[] one =
          found.orElseThrow(
              () -> new IllegalStateException("Hidden states vanish from " + kept + ": try again"));
      System.arraycopy(one, 0, all, i * length * width, one.length);
    }
    return scope.create(all, new Shape((long) windows.size() * length, width));
  }

  /**
   * Log-likelihoods of continuations, computed where they are not kept.
   *
   * @return one for each request, in nats
   */
  double[] logLikelihoods(List<Request.Continuation> requests) {
    String key =
        requests.stream()
            .map(each -> each.context() + "\0" + each.continuation())
            .collect(Collectors.joining("\0"));
    Path file = file(key, LIKELIHOODS);
    Optional<ByteBuffer> found = read(file, (long) Double.BYTES * requests.size());
    double[] values = new double[requests.size()];
    if (found.isPresent()) {
      found.get().asDoubleBuffer().get(values);
      return values;
    }
    try (DecoderModel model = DecoderModel.load(checkpoint, device, precision)) {
      List<Score> scores = new Scorer(model).continuations(requests);
      Arrays.setAll(values, i -> scores.get(i).logLikelihood());
    }
    byte[] bytes = new byte[Double.BYTES * values.length];
    littleEndian(bytes).asDoubleBuffer().put(values);
    write(file, bytes);
    return values;
  }

  /** Logits of hidden states, {@code [n, width]} to {@code [n, vocabulary]}, float32. */
  NDArray logits(NDArray hidden) {
    if (ends == null) {
      manager = NDManager.newBaseManager(device);
      ends = DecoderEnds.open(checkpoint, precision, manager);
    }
    return ends.logitsOfFloats(hidden);
  }

  /**
   * Checks that another model reads a text as the same tokens, and predicts the same tokens.
   *
   * @param tokens the text as the other model reads it
   * @throws IllegalArgumentException if it does not
   */
  void requireSameTokens(String text, int[] tokens, Checkpoint other) {
    int ours = checkpoint.config().vocabulary();
    int theirs = other.config().vocabulary();
    if (ours != theirs || !Arrays.equals(tokens, checkpoint.tokenizer().encodePrompt(text))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s and %s do not have the same tokens (vocabularies of %d and %d), so their predictions cannot be compared. Name the model that was compressed as the original.",
              other.path(),
              checkpoint.path(),
              theirs,
              ours));
    }
  }

  /** Frees the output matrix, which is read again where it is needed again. */
  @Override
  public void close() {
    if (ends != null) {
      manager.close();
      ends = null;
    }
  }

  private long bytes(int[] window) {
    return (long) Float.BYTES * window.length * checkpoint.config().embeddingWidth();
  }

  private Path file(int[] window) {
    return file(Arrays.toString(window), HIDDEN);
  }

  /** The file of what the model read: its place tells the model, the precision and the text. */
  private Path file(String text, String ending) {
    String model =
        String.join("\n", "1", checkpoint.identity(), precision.label(), device.getDeviceType());
    String key = Sha256.hex(text).substring(0, 32);
    return kept.resolve(Sha256.hex(model).substring(0, 16)).resolve(key + ending);
  }

  private Optional<float[]> read(int[] window) {
    return read(file(window), bytes(window))
        .map(
            bytes -> {
              float[] values = new float[bytes.remaining() / Float.BYTES];
              bytes.asFloatBuffer().get(values);
              return values;
            });
  }

  /** The bytes of a file; empty if it is missing or of another length. */
  private static Optional<ByteBuffer> read(Path file, long length) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length != length) {
        Files.delete(file);
        return Optional.empty();
      }
      Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
      return Optional.of(littleEndian(bytes));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void write(Path file, float[] values) {
    byte[] bytes = new byte[Float.BYTES * values.length];
    littleEndian(bytes).asFloatBuffer().put(values);
    write(file, bytes);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void write(Path file, byte[] bytes) {
    try {
      WholeFile.write(file, "-" + UUID.randomUUID(), out -> out.write(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + " cannot be written: " + e.getMessage() + ". Free some space there.", e);
    }
  }

  /** Deletes the files that were not used for the longest time, until the new ones fit. */
  private void makeRoom(long needed) {
    record Old(Path path, long bytes, long used) {}
    List<Old> files = new ArrayList<>();
    try {
      Files.createDirectories(kept);
      try (Stream<Path> all = Files.walk(kept)) {
        for (Path path : all.filter(Files::isRegularFile).toList()) {
          files.add(new Old(path, Files.size(path), Files.getLastModifiedTime(path).toMillis()));
        }
      }
      files.sort(Comparator.comparingLong(Old::used));
      long total = needed + files.stream().mapToLong(Old::bytes).sum();
      for (Old old : files) {
        if (total <= bound) {
          return;
        }
        Files.deleteIfExists(old.path());
        total -= old.bytes();
      }
    } catch (NoSuchFileException | UncheckedIOException e) {
      return; // a file vanished: another evaluation makes room at the same time
    } catch (IOException e) {
      throw new UncheckedIOException(kept + " cannot be cleared: " + e.getMessage(), e);
    }
  }
}
