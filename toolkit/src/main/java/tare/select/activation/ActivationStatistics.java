package tare.select.activation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.WholeFile;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.Passage;
import tare.select.Surroundings;

/**
 * Computes moments of the activations of windows, per channel of every observation point. Each
 * window runs through the model once. Its moments are written to disk and read back when needed, so
 * many windows cost disk space but no memory: at the inputs of all groups 0.39 MB per moment and
 * window for a model of 135 million parameters, 3.4 MB for 8 billion.
 *
 * <p>Means over tokens are additive: for windows of equal length, the statistic of a set is the
 * mean of its members' statistics.
 */
public final class ActivationStatistics implements AutoCloseable {

  /** Approximate number of tokens that run at once. */
  private static final int BATCH_TOKENS = 4096;

  private static final String LAYOUT = "layout.csv";

  private final Observation observation;
  private final Set<Moment> moments;
  private final Surroundings given;
  private final Path place;
  private final List<String> keys = new ArrayList<>();
  private PointLayout layout;
  private GramSketch.Projection projection;

  /**
   * Statistics without windows.
   *
   * @param observation where to observe
   * @param moments which statistics to compute
   * @param given the model, and the cache of statistics
   */
  public ActivationStatistics(Observation observation, Set<Moment> moments, Surroundings given) {
    this.observation = observation;
    this.moments = EnumSet.copyOf(moments);
    this.given = given;
    place = given.cache().place(observation);
  }

  /**
   * Adds windows. Windows whose moments are not in the cache run through the model.
   *
   * @param passages windows, each visited once, in order
   * @param expected approximate number of windows, for the display of progress
   * @throws IllegalArgumentException if the model is not in float32, in which compression works
   * @throws CancellationException if the thread is interrupted
   */
  public void add(Iterator<Passage> passages, long expected) {
    List<Passage> batch = new ArrayList<>();
    long done = 0;
    int kept = 0;
    long nanos = 0;
    while (passages.hasNext()) {
      Passage passage = passages.next();
      String key = passage.key();
      keys.add(key);
      done++;
      if (isKept(key)) {
        kept++;
        continue;
      }
      boolean fits =
          batch.isEmpty()
              || (batch.get(0).tokens().length == passage.tokens().length
                  && (batch.size() + 1) * passage.tokens().length <= BATCH_TOKENS);
      if (!fits) {
        nanos += run(batch);
        given.cache().progress().at("observing windows", done - 1, Math.max(expected, done));
      }
      batch.add(passage);
    }
    if (!batch.isEmpty()) {
      nanos += run(batch);
      given.cache().progress().at("observing windows", done, done);
    }
    given.cache().use().looked(kept, (int) done - kept, nanos / 1e9);
  }

  /** Number of added windows. */
  public int size() {
    return keys.size();
  }

  /** The place of the channels in a vector of moments of single channels. */
  public PointLayout layout() {
    if (layout == null) {
      layout = read(place.resolve(LAYOUT));
    }
    return layout;
  }

  /**
   * A moment of one window.
   *
   * @param window index in the order of adding, from 0
   * @return {@code [D]}, all points one after another; of {@link Moment#GRAM} as many values for
   *     each point as {@link GramSketch} has products
   * @throws IllegalArgumentException if a value is not finite; the message names the point
   */
  public float[] of(Moment moment, int window) {
    Path file = ActivationCache.file(place, keys.get(window), moment.ending());
    float[] values =
        ActivationCache.read(file, moment.layout(layout()).size())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        file + " was deleted or cut short during the selection: select again."));
    for (PointLayout.Point point : moment.layout(layout()).points()) {
      for (int i = point.offset(); i < point.offset() + point.width(); i++) {
        if (!Float.isFinite(values[i])) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "The model's activations are not finite (NaN or infinite) in block %d, %s, in window %d: they overflow, or the checkpoint is broken.",
                  point.block(),
                  point.name(),
                  window));
        }
      }
    }
    return values;
  }

  /** Deletes the statistics that are not kept beyond this selection. */
  @Override
  public void close() {
    if (given.cache().folder().isPresent()) {
      return;
    }
    try (Stream<Path> files = Files.walk(place)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(place + " cannot be deleted", e);
    }
  }

  private boolean isKept(String key) {
    if (!Files.exists(place.resolve(LAYOUT))) {
      return false;
    }
    return moments.stream().allMatch(moment -> isKept(key, moment));
  }

  private boolean isKept(String key, Moment moment) {
    Path file = ActivationCache.file(place, key, moment.ending());
    return Files.exists(file) && size(file) == 4L * moment.layout(layout()).size();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /** Runs windows and returns the duration in nanoseconds. */
  private long run(List<Passage> batch) {
    long start = System.nanoTime();
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted while windows were observed");
    }
    DecoderModel model = given.model().get();
    if (model.precision() != Precision.F32) {
      throw new IllegalArgumentException(
          "Statistics are taken in float32, as compression is; the model is loaded in "
              + model.precision().label()
              + ".");
    }
    if (layout == null) {
      layout = PointLayout.of(model, observation);
      if (!Files.exists(place.resolve(LAYOUT))) {
        write(place.resolve(LAYOUT), layout);
      }
    }
    if (projection == null && moments.contains(Moment.GRAM)) {
      projection = GramSketch.Projection.of(model, observation);
    }
    List<Map<Moment, float[]>> rows =
        new ActivationPass(model, observation, moments, layout, projection).of(batch);
    for (int i = 0; i < rows.size(); i++) {
      String key = batch.get(i).key();
      rows.get(i)
          .forEach(
              (moment, values) ->
                  ActivationCache.write(ActivationCache.file(place, key, moment.ending()), values));
    }
    batch.clear();
    return System.nanoTime() - start;
  }

  /** Writes the layout as a whole, because other selections may read it or write it meanwhile. */
  private static void write(Path file, PointLayout layout) {
    String lines =
        layout.points().stream()
            .map(p -> p.block() + "," + p.name() + "," + p.width() + "\n")
            .collect(Collectors.joining());
    try {
      WholeFile.write(
          file, "-" + UUID.randomUUID(), out -> out.write(lines.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  private static PointLayout read(Path file) {
    try {
      List<PointLayout.Point> points = new ArrayList<>();
      int offset = 0;
      for (String line : Files.readAllLines(file)) {
        String[] cells = line.split(",", -1);
        int width = Integer.parseInt(cells[2]);
        points.add(new PointLayout.Point(Integer.parseInt(cells[0]), cells[1], offset, width));
        offset += width;
      }
      return new PointLayout(points);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }
}
