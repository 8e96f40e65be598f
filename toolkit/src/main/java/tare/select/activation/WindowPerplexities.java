package tare.select.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import tare.model.DecoderModel;
import tare.model.Positions;
import tare.select.ActivationCache;
import tare.select.Passage;
import tare.select.Surroundings;

/**
 * Computes the model's perplexity on each window, PPL_i = exp(−(1/T) Σ log p(x_t | x_<t)), by one
 * forward pass. The values are kept beside the statistics of activations.
 */
public final class WindowPerplexities {

  private static final int BATCH_TOKENS = 4096;

  private WindowPerplexities() {}

  /**
   * The perplexities in the order of the windows, which have equal length.
   *
   * @throws IllegalArgumentException if one is not a number
   */
  public static double[] perplexities(List<Passage> windows, Surroundings given) {
    Optional<Path> place = given.cache().folder().map(unused -> given.cache().place("perplexity"));
    double[] values = new double[windows.size()];
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      Optional<float[]> kept = kept(place, windows.get(i));
      values[i] = kept.isPresent() ? kept.get()[0] : Double.NaN;
      if (kept.isEmpty()) {
        open.add(i);
      }
    }
    int length = windows.get(0).tokens().length;
    int batch = Math.max(1, BATCH_TOKENS / length);
    long start = System.nanoTime();
    for (int from = 0; from < open.size(); from += batch) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("interrupted while windows were scored");
      }
      List<Integer> part = open.subList(from, Math.min(open.size(), from + batch));
      double[] scored =
          score(part.stream().map(i -> windows.get(i).tokens()).toArray(int[][]::new), given);
      for (int i = 0; i < scored.length; i++) {
        values[part.get(i)] = scored[i];
        Passage window = windows.get(part.get(i));
        float[] one = {(float) scored[i]};
        place.ifPresent(
            folder ->
                ActivationCache.write(ActivationCache.file(folder, window.key(), "ppl"), one));
      }
      given
          .cache()
          .progress()
          .at("scoring windows", Math.min(open.size(), from + batch), open.size());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    given.cache().use().looked(values.length - open.size(), open.size(), seconds);
    for (int i = 0; i < values.length; i++) {
      if (Double.isNaN(values[i])) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "The model's perplexity of window %d of the pool is not a number: its activations overflow, or the checkpoint is broken.",
                i));
      }
    }
    return values;
  }

  private static Optional<float[]> kept(Optional<Path> place, Passage window) {
    return place.flatMap(
        folder -> ActivationCache.read(ActivationCache.file(folder, window.key(), "ppl"), 1));
  }

  private static double[] score(int[][] tokens, Surroundings given) {
    DecoderModel model = given.model().get();
    int length = tokens[0].length;
    double[] perplexities = new double[tokens.length];
    try (NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(length, model.checkpoint().config(), scope);
      NDArray hidden = model.hidden(tokens, positions, scope);
      for (int i = 0; i < tokens.length; i++) {
        try (NDManager inner = scope.newSubManager()) {
          NDArray row = hidden.get(inner, new NDIndex("{}, 0:{}", i, length - 1));
          NDArray targets =
              inner.create(Arrays.stream(tokens[i], 1, length).asLongStream().toArray());
          double nats = model.surprisal(model.logits(row), targets).mean().getFloat();
          perplexities[i] = (float) Math.exp(nats);
        }
      }
    }
    return perplexities;
  }
}
