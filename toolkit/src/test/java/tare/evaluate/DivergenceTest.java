package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.NumericFixture;
import tare.format.Overlay;
import tare.model.ByteTokenizer;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.ModelFixture;
import tare.model.Positions;
import tare.model.Precision;

/** How far a model's predictions are from its original's. */
class DivergenceTest {

  private static JsonNode expected;
  private static Checkpoint tiny;
  private static Divergence task;

  @TempDir private Path folder;

  @BeforeAll
  static void read() throws IOException {
    expected = NumericFixture.read("divergence.json").json();
    tiny = Checkpoint.open(Path.of("../data/tiny"));
    task =
        new Divergence(
            new Perplexity(
                "mill",
                "1",
                expected.get("text").asText(),
                expected.get("window").asInt(),
                expected.get("windows").asInt()));
  }

  /** The tiny model with the linear layers of its blocks on a coarse grid. */
  private static Checkpoint coarse() {
    double step = expected.get("step").asDouble();
    Map<String, Supplier<float[]>> rounded = new HashMap<>();
    for (String name : tiny.tensors().names()) {
      if (name.contains(".layers.") && tiny.tensors().shape(name).dimension() == 2) {
        rounded.put(
            name,
            () -> {
              float[] values = tiny.tensors().values(name).clone();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (Math.rint(values[i] / step) * step);
              }
              return values;
            });
      }
    }
    return tiny.withTensors(new Overlay(tiny.tensors(), rounded));
  }

  private Original original(Precision precision) {
    return new Original(tiny, Device.cpu(), precision, folder.resolve("kept"));
  }

  private List<WindowDivergence> divergences(Checkpoint checkpoint, Precision precision) {
    try (Original original = original(precision);
        DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), precision)) {
      Perplexity text = task.text();
      return new Scorer(model)
          .against(original)
          .divergences(text.text(), text.window(), text.windows());
    }
  }

  @Test
  void divergencesEqualThoseOfTransformers() {
    List<WindowDivergence> windows = divergences(coarse(), Precision.F32);
    for (int w = 0; w < windows.size(); w++) {
      double[] theirs = NumericFixture.vector(expected.get("kl").get(w));
      float[] ours = windows.get(w).nats();
      assertThat(ours).hasSameSizeAs(theirs);
      for (int i = 0; i < theirs.length; i++) {
        assertThat((double) ours[i]).isCloseTo(theirs[i], within(1e-4 * theirs[i] + 1e-6));
      }
      assertThat(windows.get(w).sameTop()).isEqualTo(expected.get("same_top").get(w).asInt());
    }
    Map<String, Aggregate> scores = scores(task.outcomes(windows));
    for (String name : List.of("mean", "median", "p90", "p99", "p999")) {
      assertThat(scores.get(name.equals("mean") ? "kl" : "kl_" + name).value())
          .as(name)
          .isCloseTo(expected.get(name).asDouble(), withinPercentage(0.01));
    }
    assertThat(scores.get("same_top").value())
        .isCloseTo(expected.get("top1").asDouble(), within(1e-12));
    assertThat(scores.get("kl").items()).isEqualTo(4);
  }

  private static Map<String, Aggregate> scores(List<Outcome> outcomes) {
    return Aggregate.of(outcomes).stream()
        .collect(Collectors.toMap(Aggregate::metric, Function.identity()));
  }

  @Test
  void divergencesOfLogitsEqualTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("kl.json").json();
    double[] kl = NumericFixture.vector(fixture.get("kl"));
    WindowDivergence ours;
    try (NDManager manager = NDManager.newBaseManager()) {
      ours =
          WindowDivergence.of(
              NumericFixture.array(fixture.get("p"), manager),
              NumericFixture.array(fixture.get("q"), manager),
              manager.zeros(new Shape(kl.length), DataType.INT64));
    }
    for (int i = 0; i < kl.length; i++) {
      assertThat((double) ours.nats()[i]).as("token %d", i).isCloseTo(kl[i], within(1e-4));
    }
    double agreement = fixture.get("top1_agreement").asDouble();
    assertThat(ours.sameTop()).isEqualTo((int) Math.round(kl.length * agreement));
    Map<String, Aggregate> scores = scores(task.outcomes(List.of(ours)));
    for (String name : List.of("median", "p90", "p99", "p999")) {
      assertThat(scores.get("kl_" + name).value())
          .isCloseTo(fixture.get(name).asDouble(), within(1e-4));
    }
    assertThat(scores.get("kl_p99").standardError()).as("of one window").isNaN();
  }

  @Test
  void aModelDoesNotDivergeFromItself() {
    for (Precision precision : List.of(Precision.F32, Precision.BF16)) {
      divergences(tiny, precision); // keeps the hidden states
      for (WindowDivergence window : divergences(tiny, precision)) {
        assertThat(window.nats()).as(precision.label()).containsOnly(0);
        assertThat(window.sameTop()).isEqualTo(window.nats().length);
      }
    }
  }

  @Test
  void thePercentileIsThatOfAllAndItsErrorTheJackknifes() {
    SplittableRandom random = new SplittableRandom(4);
    List<float[]> windows = new ArrayList<>();
    for (int w = 0; w < 7; w++) {
      float[] values = new float[31];
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.round(20 * random.nextExponential()) / 20f; // with ties
      }
      windows.add(values);
    }
    for (double share : new double[] {0.5, 0.9, 0.999}) {
      double[] without =
          IntStream.range(0, 7)
              .mapToDouble(
                  w ->
                      percentile(
                          windows.stream().filter(each -> each != windows.get(w)).toList(), share))
              .toArray();
      double mean = IntStream.range(0, 7).mapToDouble(w -> without[w]).average().orElseThrow();
      double squares = IntStream.range(0, 7).mapToDouble(w -> Math.pow(without[w] - mean, 2)).sum();
      List<Outcome> outcomes = new ArrayList<>();
      for (double value : Divergence.influences(windows, share)) {
        outcomes.add(new Outcome("t", "w" + outcomes.size(), "kl_p", value));
      }
      Aggregate aggregate = Aggregate.of(outcomes).get(0);
      assertThat(aggregate.value()).isCloseTo(percentile(windows, share), within(1e-9));
      assertThat(aggregate.standardError()).isCloseTo(Math.sqrt(6 / 7.0 * squares), within(1e-9));
    }
  }

  private static double percentile(List<float[]> windows, double share) {
    double[] sorted =
        windows.stream()
            .flatMapToDouble(w -> IntStream.range(0, w.length).mapToDouble(i -> w[i]))
            .sorted()
            .toArray();
    double at = share * (sorted.length - 1);
    int below = (int) at;
    double next = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (at - below) * (next - sorted[below]);
  }

  @Test
  void hiddenStatesAreKeptOnceAndDamagedOnesMadeAgain() throws IOException {
    try (Original original = original(Precision.F32)) {
      original.keep(task.text());
    }
    List<Path> files = files();
    assertThat(files).hasSize(4);
    assertThat(Files.size(files.get(0)))
        .isEqualTo(4L * task.text().window() * tiny.config().width());
    long whole = Files.size(files.get(1));
    Files.write(files.get(1), new byte[8]);

    // alone in its batch, the window's last digits may be others
    assertThat(divergences(tiny, Precision.F32))
        .allSatisfy(each -> assertThat(each.nats()[0]).isCloseTo(0, within(1e-5f)));
    assertThat(Files.size(files.get(1))).isEqualTo(whole);
    assertThat(files()).isEqualTo(files);
  }

  @Test
  void whatWasNotUsedForTheLongestTimeMakesRoom() throws IOException {
    Perplexity one = new Perplexity("one", "1", task.text().text(), 64, 1);
    Perplexity other = new Perplexity("other", "1", "Slow water. " + task.text().text(), 64, 1);
    long bytes = 4L * 64 * tiny.config().width();
    Path kept = folder.resolve("kept");
    try (Original original = new Original(tiny, Device.cpu(), Precision.F32, kept, bytes + 1)) {
      original.keep(one);
      List<Path> before = files();
      original.keep(other);
      assertThat(files()).hasSize(1).doesNotContainAnyElementsOf(before);
    }
  }

  @Test
  void windowsThatAreComparedAreScoredInTheSamePass() {
    Perplexity text = task.text();
    try (Original original = original(Precision.F32)) {
      original.keep(text);
      Scorer scorer;
      try (DecoderModel model = DecoderModel.load(coarse(), Device.cpu(), Precision.F32)) {
        List<Score> alone = new Scorer(model).windows(text.text(), text.window(), text.windows());
        scorer = new Scorer(model).against(original);
        List<Score> both = scorer.windows(text.text(), text.window(), text.windows());
        assertThat(both).hasSameSizeAs(alone);
        for (int i = 0; i < both.size(); i++) {
          assertThat(both.get(i).tokens()).isEqualTo(alone.get(i).tokens());
          assertThat(both.get(i).logLikelihood())
              .isCloseTo(alone.get(i).logLikelihood(), withinPercentage(1e-4));
        }
      }
      // the model is closed: only what the pass before has left can answer
      assertThat(scorer.divergences(text.text(), text.window(), text.windows()))
          .hasSize(4)
          .allSatisfy(each -> assertThat(each.nats()[0]).isPositive());
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("kept"))) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void theAnswersOfAModelAreComparedWithThoseThatTheOriginalKept() throws IOException {
    MultipleChoice.Item item =
        new MultipleChoice.Item(
            "a", "The river was", " ", List.of("low", "high", "deep"), List.of(0));
    MultipleChoice choice = new MultipleChoice("rivers", "1", List.of(item));
    double[] ofOriginal;
    try (DecoderModel model = DecoderModel.load(tiny, Device.cpu(), Precision.F32)) {
      ofOriginal = logLikelihoods(new Scorer(model), item);
      assertThat(scores(choice.run(new Scorer(model)))).doesNotContainKey("answer_kl");
    }
    try (Original original = original(Precision.F32)) {
      choice.keep(original);
      try (Stream<Path> kept = Files.walk(folder.resolve("kept"))) {
        assertThat(kept.filter(Files::isRegularFile)).hasSize(1);
      }
      try (DecoderModel model = DecoderModel.load(coarse(), Device.cpu(), Precision.F32)) {
        Scorer scorer = new Scorer(model);
        assertThat(scores(choice.run(scorer.against(original))).get("answer_kl").value())
            .isEqualTo(MultipleChoice.divergence(ofOriginal, logLikelihoods(scorer, item)))
            .isPositive();
      }
      try (DecoderModel model = DecoderModel.load(tiny, Device.cpu(), Precision.F32)) {
        assertThat(scores(choice.run(new Scorer(model).against(original))).get("answer_kl").value())
            .isZero();
      }
    }
  }

  private static double[] logLikelihoods(Scorer scorer, MultipleChoice.Item item) {
    return scorer.continuations(item.requests()).stream()
        .mapToDouble(Score::logLikelihood)
        .toArray();
  }

  @Test
  void aModelOfOtherTokensOrWithoutAnOriginalIsRefused() throws URISyntaxException {
    Path file = Path.of(getClass().getResource("/tokenizer/smollm.gguf").toURI());
    Checkpoint other = Checkpoint.open(file);
    try (Original original = original(Precision.F32);
        DecoderModel model = DecoderModel.load(other, Device.cpu(), Precision.F32)) {
      assertThatThrownBy(() -> task.run(new Scorer(model).against(original)))
          .hasMessageContaining("smollm.gguf")
          .hasMessageContaining("do not have the same tokens");
      assertThatThrownBy(() -> task.run(new Scorer(model))).hasMessageContaining("against()");
    }
  }

  @Test
  void aModelWhoseEmbeddingHasAnotherWidthIsScoredAtTheRightPlaces() throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint("families/opt-350m");
    String text = "The river was low; the wheel turned slowly.";
    int[] tokens = Arrays.copyOf(new ByteTokenizer().encode(text), 16);
    for (Precision precision : List.of(Precision.F32, Precision.BF16)) {
      Path kept = folder.resolve("kept");
      try (Original original = new Original(checkpoint, Device.cpu(), precision, kept);
          DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), precision);
          NDManager scope = model.manager().newSubManager()) {
        Scorer scorer = new Scorer(model).against(original);
        NDArray hidden =
            model.hidden(
                new int[][] {tokens}, Positions.causal(16, checkpoint.config(), scope), scope);
        NDArray next = scope.create(Arrays.stream(tokens, 1, 16).asLongStream().toArray());
        double nats =
            model.surprisal(model.logits(hidden.get(scope, 0).get("0:15")), next).sum().getFloat();
        assertThat(scorer.windows(text, 16, 1).get(0).logLikelihood())
            .isCloseTo(-nats, within(1e-3));
        assertThat(scorer.divergences(text, 16, 1).get(0).nats())
            .as(precision.label())
            .hasSize(15)
            .containsOnly(0);
      }
    }
  }
}
