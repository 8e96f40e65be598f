package tare.select.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Positions;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.Passage;
import tare.select.Surroundings;

class ActivationStatisticsTest {

  private static final EnumSet<Moment> ALL = EnumSet.complementOf(EnumSet.of(Moment.SURPRISE));
  private static DecoderModel model;

  @TempDir private Path folder;

  @BeforeAll
  static void load() {
    model =
        DecoderModel.load(Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static List<Passage> passages(int count, int length) {
    SplittableRandom random = new SplittableRandom(1);
    return IntStream.range(0, count)
        .mapToObj(i -> new Passage(random.ints(length, 1, 2048).toArray()))
        .toList();
  }

  private static Surroundings surroundings(ActivationCache cache) {
    return new Surroundings(null, () -> model, new SplittableRandom(1), cache);
  }

  private static Surroundings of(DecoderModel other) {
    return new Surroundings(null, () -> other, new SplittableRandom(1), ActivationCache.NONE);
  }

  private static ActivationStatistics run(
      Observation observation, ActivationCache cache, List<Passage> passages) {
    ActivationStatistics statistics =
        new ActivationStatistics(observation, ALL, surroundings(cache));
    statistics.add(passages.iterator(), passages.size());
    return statistics;
  }

  /** Inputs of a group, computed on their own: {@code [tokens][channels]}. */
  private static float[][] inputs(Passage passage, int block, String group) {
    List<float[][]> seen = new ArrayList<>();
    try (NDManager scope = model.manager().newSubManager()) {
      Positions positions =
          Positions.causal(passage.tokens().length, model.checkpoint().config(), scope);
      NDArray hidden = model.embed(new int[][] {passage.tokens()}, positions, scope);
      for (int b = 0; b < block; b++) {
        hidden = model.blocks().get(b).forward(hidden, positions);
      }
      model
          .blocks()
          .get(block)
          .observe(
              hidden,
              positions,
              (g, x) -> {
                if (g.name().equals(group)) {
                  int width = (int) x.getShape().get(2);
                  float[] flat = x.toFloatArray();
                  seen.add(
                      IntStream.range(0, passage.tokens().length)
                          .mapToObj(t -> Arrays.copyOfRange(flat, t * width, (t + 1) * width))
                          .toArray(float[][]::new));
                }
              });
    }
    return seen.get(0);
  }

  @Test
  void momentsAreThoseOfTheInputsOfEachGroupWithoutTheFirstToken() {
    List<Passage> passages = passages(3, 24);
    try (ActivationStatistics statistics = run(new Observation(), ActivationCache.NONE, passages)) {
      PointLayout.Point down = statistics.layout().point(2, "down");
      float[][] x = inputs(passages.get(1), 2, "down");
      for (int channel : new int[] {0, 7, 383}) {
        double abs = 0;
        double square = 0;
        double mean = 0;
        double max = 0;
        for (int t = 1; t < 24; t++) {
          abs += Math.abs(x[t][channel]) / 23;
          square += x[t][channel] * x[t][channel] / 23;
          mean += x[t][channel] / 23;
          max = Math.max(max, Math.abs(x[t][channel]));
        }
        int at = down.offset() + channel;
        assertThat((double) statistics.of(Moment.MEAN_ABS, 1)[at]).isCloseTo(abs, within(1e-4));
        assertThat((double) statistics.of(Moment.MEAN_SQUARE, 1)[at])
            .isCloseTo(square, within(1e-4 * (1 + square)));
        assertThat((double) statistics.of(Moment.MEAN, 1)[at]).isCloseTo(mean, within(1e-4));
        assertThat((double) statistics.of(Moment.MAX_ABS, 1)[at])
            .isCloseTo(max, within(1e-4 * (1 + max)));
      }
      // 6 blocks of 128 (qkv), 128 (o), 128 (gate and up), 384 (down)
      assertThat(statistics.layout().size()).isEqualTo(6 * 768);
    }
  }

  /** What a quantizer sees of a set is the mean of what it would see of each sample. */
  @Test
  void theMeanOverASetIsTheMeanOfItsMembers() {
    List<Passage> passages = passages(3, 24);
    Observation all = new Observation().counted(Observation.Counted.ALL);
    try (ActivationStatistics statistics = run(all, ActivationCache.NONE, passages)) {
      int at = statistics.layout().point(3, "gate_up").offset() + 11;
      double set = 0;
      double members = 0;
      for (int i = 0; i < 3; i++) {
        members += statistics.of(Moment.MEAN_ABS, i)[at] / 3;
        for (float[] x : inputs(passages.get(i), 3, "gate_up")) {
          set += Math.abs(x[11]) / (3 * 24);
        }
      }
      assertThat(set).isCloseTo(members, within(1e-5));
    }
  }

  @Test
  void aWindowHasTheSameMomentsInAnyBatch() {
    List<Passage> passages = passages(5, 16);
    try (ActivationStatistics together = run(new Observation(), ActivationCache.NONE, passages);
        ActivationStatistics alone =
            run(new Observation(), ActivationCache.NONE, passages.subList(3, 4))) {
      float[] a = together.of(Moment.MEAN_ABS, 3);
      float[] b = alone.of(Moment.MEAN_ABS, 0);
      for (int c = 0; c < a.length; c++) {
        assertThat(a[c]).isCloseTo(b[c], within(1e-4f * (1 + Math.abs(b[c]))));
      }
    }
  }

  @Test
  void theFirstBlocksAloneGiveTheSameNumbersForThem() {
    List<Passage> passages = passages(2, 16);
    Observation early = new Observation().firstBlocks(2);
    try (ActivationStatistics whole = run(new Observation(), ActivationCache.NONE, passages);
        ActivationStatistics first = run(early, ActivationCache.NONE, passages)) {
      assertThat(first.layout().size()).isEqualTo(2 * 768);
      assertThat(first.of(Moment.MEAN, 1))
          .containsExactly(Arrays.copyOf(whole.of(Moment.MEAN, 1), 2 * 768), within(1e-5f));
    }
  }

  @Test
  void aModelThatIsReadBlockByBlockGivesTheSame() {
    List<Passage> passages = passages(3, 16);
    Observation inputs = new Observation();
    try (DecoderModel opened = DecoderModel.open(model.checkpoint(), Device.cpu(), Precision.F32);
        ActivationStatistics wanted = run(inputs, ActivationCache.NONE, passages);
        ActivationStatistics found = new ActivationStatistics(inputs, ALL, of(opened))) {
      found.add(passages.iterator(), passages.size());
      assertThat(found.layout()).isEqualTo(wanted.layout());
      for (Moment moment : ALL) {
        assertThat(found.of(moment, 2)).as("%s", moment).isEqualTo(wanted.of(moment, 2));
      }
      assertThat(PointLayout.outputGain(opened, inputs))
          .isEqualTo(PointLayout.outputGain(model, inputs));
      assertThat(PointLayout.readers(opened, inputs)).isEqualTo(PointLayout.readers(model, inputs));
      assertThat(PointLayout.of(opened, Observation.OUTPUTS))
          .isEqualTo(PointLayout.of(model, Observation.OUTPUTS));
    }
  }

  @Test
  void afterTheFirstBlocksNoOtherIsRun() {
    Observation early = new Observation().firstBlocks(2);
    try (DecoderModel beheaded =
            DecoderModel.load(model.checkpoint(), Device.cpu(), Precision.F32);
        ActivationStatistics statistics = new ActivationStatistics(early, ALL, of(beheaded))) {
      beheaded.blocks().stream()
          .skip(2)
          .flatMap(block -> block.groups().stream())
          .flatMap(group -> group.linears().stream())
          .forEach(linear -> linear.weight().close());
      statistics.add(passages(2, 16).iterator(), 2);
      assertThat(statistics.of(Moment.MEAN, 1)).hasSize(2 * 768);
      try (ActivationStatistics whole =
          new ActivationStatistics(new Observation(), ALL, of(beheaded))) {
        assertThatThrownBy(() -> whole.add(passages(2, 16).iterator(), 2))
            .isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void theOutputOfABlockIsTheStreamThatItLeaves() {
    List<Passage> passages = passages(2, 16);
    try (ActivationStatistics outputs = run(Observation.OUTPUTS, ActivationCache.NONE, passages);
        NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(16, model.checkpoint().config(), scope);
      NDArray hidden = model.embed(new int[][] {passages.get(1).tokens()}, positions, scope);
      for (int block = 0; block < 6; block++) {
        hidden = model.blocks().get(block).forward(hidden, positions);
        float[] stream = hidden.toFloatArray();
        int at = outputs.layout().point(block, "output").offset();
        for (int channel : new int[] {0, 9, 127}) {
          double mean = 0;
          for (int t = 1; t < 16; t++) {
            mean += stream[t * 128 + channel] / 15;
          }
          assertThat((double) outputs.of(Moment.MEAN, 1)[at + channel])
              .isCloseTo(mean, within(1e-4 * (1 + Math.abs(mean))));
        }
      }
      assertThat(outputs.layout().size()).isEqualTo(6 * 128);
    }
  }

  @Test
  void onlyAnswersCountWhereTheyAreMarked() {
    boolean[] answers = new boolean[16];
    answers[5] = true;
    Passage marked = new Passage(passages(1, 16).get(0).tokens(), answers);
    Observation observation = new Observation().counted(Observation.Counted.ANSWERS);
    try (ActivationStatistics statistics =
        run(observation, ActivationCache.NONE, List.of(marked))) {
      float[][] x = inputs(marked, 1, "qkv");
      int at = statistics.layout().point(1, "qkv").offset();
      assertThat(statistics.of(Moment.MEAN, 0)[at + 9]).isCloseTo(x[5][9], within(1e-4f));
      assertThat(statistics.of(Moment.MAX_ABS, 0)[at + 9])
          .isCloseTo(Math.abs(x[5][9]), within(1e-4f));
    }
  }

  @Test
  void tokensCountByTheWeightsOfTheirSample() {
    float[] weights = new float[16];
    weights[0] = 7; // the first token does not count
    weights[5] = 1;
    weights[6] = 3;
    int[] tokens = passages(1, 16).get(0).tokens();
    Passage weighted = Passage.of(new Sample("d", "s", "", tokens, weights));
    assertThat(weighted.key()).isNotEqualTo(new Passage(tokens).key());
    assertThat(Passage.of(new Sample("d", "s", "", tokens)).key())
        .isEqualTo(new Passage(tokens).key());
    try (ActivationStatistics statistics =
        run(new Observation(), ActivationCache.NONE, List.of(weighted))) {
      float[][] x = inputs(weighted, 1, "qkv");
      int at = statistics.layout().point(1, "qkv").offset();
      assertThat(statistics.of(Moment.MEAN, 0)[at + 9])
          .isCloseTo((x[5][9] + 3 * x[6][9]) / 4, within(1e-4f));
      assertThat(statistics.of(Moment.MAX_ABS, 0)[at + 9])
          .isCloseTo(Math.max(Math.abs(x[5][9]), Math.abs(x[6][9])), within(1e-4f));
    }
  }

  @Test
  void theSurpriseIsLnPerplexityOfTheWindow() {
    List<Passage> passages = passages(3, 24);
    EnumSet<Moment> both = EnumSet.of(Moment.MEAN, Moment.SURPRISE);
    double[] perplexities =
        WindowPerplexities.perplexities(passages, surroundings(ActivationCache.NONE));
    Surroundings given = surroundings(ActivationCache.NONE);
    try (ActivationStatistics statistics =
            new ActivationStatistics(new Observation(), both, given);
        ActivationStatistics alone = run(new Observation(), ActivationCache.NONE, passages);
        ActivationStatistics early =
            new ActivationStatistics(new Observation().firstBlocks(2), both, given)) {
      statistics.add(passages.iterator(), 3);
      for (int i = 0; i < 3; i++) {
        assertThat(statistics.of(Moment.SURPRISE, i)).hasSize(1);
        assertThat((double) statistics.of(Moment.SURPRISE, i)[0])
            .isCloseTo(Math.log(perplexities[i]), within(1e-5));
        assertThat(statistics.of(Moment.MEAN, i)).isEqualTo(alone.of(Moment.MEAN, i));
      }
      assertThatThrownBy(() -> early.add(passages.iterator(), 3))
          .hasMessageContaining("needs all blocks");
    }
  }

  @Test
  void whatIsKeptNeedsNoModel() throws IOException {
    List<Passage> passages = passages(4, 16);
    ActivationCache cache = ActivationCache.in(folder, "rev", Progress.NONE);
    float[] computed;
    try (ActivationStatistics first = run(new Observation(), cache, passages)) {
      computed = first.of(Moment.MEAN_ABS, 2);
    }
    Surroundings without =
        new Surroundings(
            null,
            () -> {
              throw new AssertionError("kept statistics need no model");
            },
            new SplittableRandom(1),
            cache);
    try (ActivationStatistics again = new ActivationStatistics(new Observation(), ALL, without)) {
      again.add(passages.iterator(), 4);
      assertThat(again.of(Moment.MEAN_ABS, 2)).isEqualTo(computed);
    }
    for (ActivationCache other :
        List.of(
            ActivationCache.in(folder, "another revision", Progress.NONE),
            ActivationCache.in(folder.resolve("elsewhere"), "rev", Progress.NONE))) {
      Surroundings elsewhere =
          new Surroundings(null, without.model(), new SplittableRandom(1), other);
      try (ActivationStatistics missing =
          new ActivationStatistics(new Observation(), ALL, elsewhere)) {
        assertThatThrownBy(() -> missing.add(passages.iterator(), 4))
            .isInstanceOf(AssertionError.class);
      }
    }
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> file.toString().contains("part"))).isEmpty();
    }
  }

  /** Another selection may be reading it: it must never be half there. */
  @Test
  void aLayoutThatIsThereIsNotWrittenAgain() throws IOException {
    List<Passage> passages = passages(4, 16);
    ActivationCache cache = ActivationCache.in(folder, "rev", Progress.NONE);
    run(new Observation(), cache, passages.subList(0, 2)).close();
    Path layout = cache.place(new Observation()).resolve("layout.csv");
    String written = Files.readString(layout);
    FileTime early = FileTime.fromMillis(0);
    Files.setLastModifiedTime(layout, early);
    try (ActivationStatistics more = run(new Observation(), cache, passages)) {
      assertThat(more.of(Moment.MEAN, 3)).hasSize(6 * 768);
    }
    assertThat(Files.getLastModifiedTime(layout)).isEqualTo(early);
    assertThat(layout).hasContent(written);
    assertThat(written).startsWith("0,qkv,128\n");
    try (Stream<Path> files = Files.list(layout.getParent())) {
      assertThat(files.map(Path::toString)).noneMatch(file -> file.contains(".unfinished"));
    }
  }

  @Test
  void aWindowWithoutCountedTokensIsRefused() {
    List<Passage> tooShort = passages(1, 1);
    assertThatThrownBy(() -> run(new Observation(), ActivationCache.NONE, tooShort).close())
        .hasMessageContaining("1 tokens has no counted token");
  }
}
