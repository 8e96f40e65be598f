package tare.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Awq;
import tare.compress.Rtn;
import tare.compress.SmoothQuant;
import tare.compress.Wanda;
import tare.data.Budget;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.export.CompressedTensorsLayout;
import tare.model.Checkpoint;
import tare.select.UniformDraw;
import tare.select.ZipCal;
import tare.study.RecordCsv;

/** From a purpose to a compressed model, on the tiny model and invented text. */
class AdaptationTest {

  @TempDir private static Path shared;
  private static InventedPurpose invented;
  private static Adaptation plan;
  private static Adapted adapted;

  @TempDir private Path folder;

  /** One run for all tests that look at a result. */
  @BeforeAll
  static void adapt() throws IOException {
    invented = new InventedPurpose(shared.resolve("fetched"));
    plan = invented.plan();
    adapted = run(plan.layout(Optional.of(new CompressedTensorsLayout())), shared.resolve("out"));
  }

  private static Adapted run(Adaptation plan, Path out) throws IOException {
    return plan.run(out, Device.cpu(), Progress.NONE);
  }

  /** Stops the run as if it were killed when it comes to some step. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static Progress killing(int steps) {
    int[] left = {steps};
    return (stage, done, total) -> {
      if (left[0]-- == 0) {
        throw new Killed();
      }
    };
  }

  @Test
  void aRunGivesAModelASetAndAReport() throws IOException {
    Path out = shared.resolve("out");
    assertThat(adapted.sentences()).hasSize(3);
    assertThat(adapted.contenders().stream().map(Contender::name))
        .containsExactly("random-1", "random-2", "random-3", "purpose", "zipcal");
    assertThat(adapted.rounds()).hasSizeGreaterThan(1);
    Checkpoint model = Checkpoint.open(out.resolve("model"));
    assertThat(model.packed()).isNotEmpty();
    CalibrationSet set = CalibrationFile.read(out.resolve("calibration.jsonl"));
    assertThat(set.budget()).isEqualTo(new Budget(2, 48));
    assertThat(out.resolve("calibration.provenance.json")).content().contains("random-1");
    assertThat(out.resolve("report.md"))
        .content()
        .contains(adapted.sentences().get(0))
        .contains("| zipcal |")
        .contains("halving.png");
    assertThat(out.resolve("report.html")).content().contains("<table>", "base64");
    assertThat(adapted.measured().get(1).model()).isEqualTo(Measured.RESULT);
    assertThat(adapted.measured().get(1).score("social_iqa (test)", "acc")).isPresent();
    assertThat(adapted.measured().get(1).domains()).containsOnlyKeys("news", "mathematics");
    assertThat(out.resolve("work/partial")).doesNotExist();
    assertThat(out.resolve("adaptation.json")).content().contains("\"device\" : \"cpu\"");
  }

  @Test
  void theWrittenModelScoresAsTheComparisonSaid() {
    assertThat(adapted.notes()).noneMatch(note -> note.contains("the format changes it"));
  }

  @Test
  void theRandomControlNeverLeavesAndTheWorseHalfDoes() {
    for (Round round : adapted.rounds()) {
      assertThat(round.scored().stream().map(Scored::contender)).contains(Contender.CONTROL);
    }
    Round last = adapted.rounds().get(adapted.rounds().size() - 1);
    assertThat(last.blocks()).isEqualTo(InventedPurpose.model().config().blocks());
    assertThat(last.scored()).hasSize(3);
  }

  /** Killed while choosing, in each round, while writing the model, and while measuring. */
  @Test
  void aKilledRunGoesOnAndGivesTheSame() throws IOException {
    Adaptation packed = plan.layout(Optional.of(new CompressedTensorsLayout()));
    Path killed = folder.resolve("killed");
    int kills = 0;
    Adapted again = null;
    while (again == null) {
      try {
        again = packed.run(killed, Device.cpu(), killing(6 + 3 * kills));
      } catch (Killed e) {
        kills++;
        assertThat(kills).as("each run gets further").isLessThan(20);
      }
    }
    assertThat(kills).isGreaterThan(3);
    assertThat(again.decision()).isEqualTo(adapted.decision());
    assertThat(again.measured().get(1).kl()).isEqualTo(adapted.measured().get(1).kl());
    assertThat(killed.resolve("model/model.safetensors"))
        .hasSameBinaryContentAs(shared.resolve("out/model/model.safetensors"));
  }

  @Test
  void aFinishedRunIsOnlyRead() throws IOException {
    Path out = shared.resolve("out");
    Adapted second = run(plan.layout(Optional.of(new CompressedTensorsLayout())), out);
    assertThat(second.sentences()).isEqualTo(adapted.sentences());
    assertThat(second.cost().seconds()).isCloseTo(adapted.cost().seconds(), within(1e-6));
    assertThat(out.resolve("report.md")).exists();
  }

  @Test
  void theFolderOfAnotherCommandIsRefusedWithTheFieldsThatDiffer() throws IOException {
    Path out = folder.resolve("out");
    AdaptRun first = plan.open(out, Device.cpu(), Progress.NONE);
    assertThatThrownBy(() -> plan.open(out, Device.cpu(), Progress.NONE))
        .hasMessageContaining("a run in this program is open there");
    first.close();
    assertThat(plan.settings().get("pool").asText()).matches("(?s)\\S+ [0-9a-f]{64}.*");
    assertThatThrownBy(() -> plan.seed(7).open(out, Device.cpu(), Progress.NONE))
        .hasMessageContaining("holds the work of another command")
        .hasMessageContaining("seed: 1 there, 7 here");
    Path mine = Files.createDirectories(folder.resolve("mine"));
    Files.writeString(mine.resolve("thesis.tex"), "x");
    assertThatThrownBy(() -> plan.open(mine, Device.cpu(), Progress.NONE))
        .hasMessageContaining("in use by something else: it holds thesis.tex");
  }

  @Test
  void aChangedPlanHasAnotherFingerprint() {
    assertThat(plan.fingerprint())
        .matches("[0-9a-f]{12}")
        .isEqualTo(plan.rounds(plan.contest().rounds()).fingerprint());
    assertThat(List.of(plan, plan.draws(4), plan.seed(7), plan.proposals(List.of())))
        .extracting(Adaptation::fingerprint)
        .doesNotHaveDuplicates();
  }

  private static Contender own(String name, int samples, int length, int token) {
    int[] tokens = new int[length];
    Arrays.fill(tokens, token);
    Sample sample = new Sample("line-1", "mine", "", tokens);
    return new Contender(
        name,
        false,
        new CalibrationSet(
            "unknown", new Budget(samples, length), Collections.nCopies(samples, sample)),
        List.of(),
        0);
  }

  private void refuses(Contender own, String... words) throws IOException {
    Adaptation with = plan.own(List.of(own));
    assertThatThrownBy(() -> with.open(folder.resolve("out"), Device.cpu(), Progress.NONE))
        .message()
        .contains(words);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aSetThatDoesNotCompareIsRefused() throws IOException {
    refuses(own("mine", 2, 32, 5), "--candidate mine", "--samples 2 --length 32");
    refuses(own("mine", 2, 48, 70_000), "--candidate mine", "input_ids", "another tokenizer");
    refuses(own("zipcal", 2, 48, 5), "Two candidates are called zipcal");
  }

  @Test
  void aSetThatHoldsWhatDecidesIsRefused() throws IOException {
    int[] tokens =
        Arrays.copyOf(
            plan.model().tokenizer().encode(plan.purpose().targets().get(0).scored().get(0)), 48);
    Sample sample = new Sample("line-9", "mine", "", tokens);
    refuses(
        new Contender(
            "mine",
            false,
            new CalibrationSet("unknown", new Budget(2, 48), List.of(sample, sample)),
            List.of(),
            0),
        "holds text of the purpose that decides",
        "line-9");
  }

  @Test
  void ofTheWholeFieldOneSeesHowEarlyTheOrderWasKnown() throws IOException {
    Adaptation all = plan.contest(plan.contest().keepingAll().otherSizes(List.of(1, 8, 5000)));
    Path out = folder.resolve("all");
    Adapted kept = run(all, out);
    assertThat(kept.contenders().stream().map(Contender::name))
        .contains("random-1-samples", "random-8-samples")
        .doesNotContain("random-5000-samples");
    assertThat(kept.notes()).anyMatch(note -> note.contains("a draw of 5000 samples"));
    assertThat(kept.rounds()).allMatch(round -> round.scored().size() == kept.contenders().size());
    List<EarlyOrder> early = EarlyOrder.of(kept.scores());
    assertThat(early).hasSize(kept.rounds().size() - 1);
    assertThat(early)
        .allSatisfy(
            each -> {
              assertThat(each.correlation()).isBetween(-1.0, 1.0);
              assertThat(each.regret()).isNotNegative();
            });
    assertThat(out.resolve("report.md")).content().contains("How early the order was known");
    try (InputStream csv = Files.newInputStream(out.resolve("candidates.csv"))) {
      assertThat(RecordCsv.records(CandidateScore.class, csv)).isEqualTo(kept.scores());
    }
  }

  /** A run of sets a, b, c and so on: their KL after one block of two, and as whole models. */
  private static List<CandidateScore> run(String purpose, double[] early, double[] whole) {
    List<CandidateScore> scores = new ArrayList<>();
    for (int i = 0; i < early.length; i++) {
      String set = String.valueOf((char) ('a' + i));
      scores.add(score(purpose, set, 1, early[i]));
      scores.add(score(purpose, set, 2, whole[i]));
    }
    return scores;
  }

  private static CandidateScore score(String purpose, String set, int blocks, double kl) {
    return new CandidateScore(
        "m", "gptq", "{}", purpose, 2, 48, set, false, blocks, blocks / 2.0, kl, 0);
  }

  private static double[] kl(double... values) {
    return values;
  }

  @Test
  void theEarlyOrderByHand() {
    List<EarlyOrder> early = EarlyOrder.of(run("t", kl(0.1, 0.2, 0.3), kl(1.2, 1.0, 1.5)));
    // ranks 1 2 3 and 2 1 3: 1 − 6 · 2 / (3 · 8)
    assertThat(early).hasSize(1);
    assertThat(early.get(0).correlation()).isCloseTo(0.5, within(1e-12));
    assertThat(early.get(0).regret()).isCloseTo(0.2, within(1e-12));
    assertThat(early.get(0).dropped()).as("a and b go on").isCloseTo(0, within(1e-12));
    List<CandidateScore> lost = run("t", kl(0.1, 0.2, 0.3, 0.4), kl(1.2, 1.1, 1.0, 1.5));
    assertThat(EarlyOrder.of(lost).get(0).dropped())
        .as("b is the best that is left, c the best of all")
        .isCloseTo(0.1, within(1e-12));
  }

  @Test
  void recordedRunsSayWhetherFewBlocksForetellTheWholeModel() {
    // rank correlations 1 and 0.5: mean 0.75, standard error 0.25, t 12.706 for one degree
    List<CandidateScore> scores = new ArrayList<>(run("t", kl(1, 2, 3), kl(1, 2, 3)));
    assertThat(EarlyOrder.recorded(scores, "gptq", 0.5)).as("one run").isEmpty();
    scores.addAll(run("u", kl(2, 1, 3), kl(1, 2, 3)));
    EarlyOrder.Recorded two = EarlyOrder.recorded(scores, "gptq", 0.4).orElseThrow();
    assertThat(two.runs()).isEqualTo(2);
    assertThat(two.correlation()).isCloseTo(0.75, within(1e-12));
    assertThat(two.low()).as("0.75 − 3.18, but no correlation is below −1").isEqualTo(-1);
    assertThat(two.foretells()).isFalse();
    scores.removeIf(each -> each.purpose().equals("u"));
    scores.addAll(run("v", kl(1, 2, 3), kl(1, 2, 3)));
    EarlyOrder.Recorded sure = EarlyOrder.recorded(scores, "gptq", 0.5).orElseThrow();
    assertThat(sure.foretells()).isTrue();
    assertThat(sure.low()).as("both runs have 1").isCloseTo(1, within(1e-12));
    scores.addAll(run("w", kl(2, 1, 3), kl(1, 2, 3)));
    // 1, 1 and 0.5: mean 5/6, standard error 1/6, t 4.303 for two degrees
    assertThat(EarlyOrder.recorded(scores, "gptq", 0.5).orElseThrow().low())
        .isCloseTo(5 / 6.0 - 4.303 / 6, within(1e-3));
    assertThat(EarlyOrder.recorded(scores, "awq", 0.5)).isEmpty();
  }

  @Test
  void modelsOfDifferentDepthCountWhereTheyAreNearest() {
    List<CandidateScore> scores = new ArrayList<>(run("t", kl(1, 2, 3), kl(1, 2, 3)));
    for (int blocks = 1; blocks <= 5; blocks++) { // after 2 of 5 blocks the order turns
      for (String set : List.of("a", "b", "c")) {
        double kl = blocks == 2 ? -set.charAt(0) : set.charAt(0);
        scores.add(
            new CandidateScore(
                "n", "gptq", "{}", "t", 2, 48, set, false, blocks, blocks / 5.0, kl, 0));
      }
    }
    EarlyOrder.Recorded both = EarlyOrder.recorded(scores, "gptq", 0.45).orElseThrow();
    assertThat(both.models()).isEqualTo("m, n");
    assertThat(both.share()).as("mean of 1/2 and 2/5").isCloseTo(0.45, within(1e-12));
    assertThat(both.correlation()).as("mean of 1 and −1").isCloseTo(0, within(1e-12));
  }

  @Test
  void ofAMethodThatWasRecordedOneReadsHowFarFewBlocksAreTrusted() {
    assertThat(plan.foresight())
        .contains("recorded runs (qwen2.5-coder-0.5b, smollm2-135m with")
        .contains("rank correlation");
    assertThat(plan.contest().rounds()).isEqualTo(2);
    // a method whose first rounds said nothing sure
    assertThat(Contest.foresight(new Awq(4, 64), 30).orElseThrow().foretells()).isFalse();
    assertThat(Contest.usual(new Awq(4, 64), 30).rounds()).isZero();
    // a method without recorded runs
    assertThat(Contest.usual(new Wanda(0.5), 30).rounds()).isEqualTo(2);
  }

  @Test
  void aPlanThatCannotWorkIsRefused() throws IOException {
    assertThatThrownBy(
            () ->
                Adaptation.plan(
                    plan.model(), plan.purpose(), plan.pool(), new Rtn(4, 64), plan.budget()))
        .hasMessageContaining("needs no calibration set");
    assertThatThrownBy(
            () ->
                Adaptation.plan(
                    plan.model(),
                    plan.purpose(),
                    plan.pool(),
                    plan.method(),
                    new Budget(100_000, 48)))
        .hasMessageContaining("--pool gives")
        .hasMessageContaining("lower --samples");
    assertThatThrownBy(() -> plan.draws(2)).hasMessageContaining("--draws");
  }

  @Test
  void aMethodThatRoundsInputsNeedsAPackedFolderBeforeTheWork() throws IOException {
    Adaptation rounding =
        Adaptation.plan(plan.model(), plan.purpose(), plan.pool(), new SmoothQuant(), plan.budget())
            .draws(3)
            .proposals(List.of(new Proposal(new ZipCal())));
    assertThatThrownBy(() -> rounding.open(folder.resolve("out"), Device.cpu(), Progress.NONE))
        .hasMessageContaining("rounds activations")
        .hasMessageContaining("--format compressed-tensors");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  /** The selector draws what a control draws, and the purpose is too short for a set. */
  @Test
  void aContestOfDrawsAloneIsRefusedBeforeItsFirstRound() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      text.append("Line ").append(i).append(" is the last but ").append(12 - i).append(".\n");
    }
    Path notes = Files.writeString(folder.resolve("notes.txt"), text);
    Purpose purpose = invented.of(notes.toString());
    Adaptation draws =
        Adaptation.plan(plan.model(), purpose, plan.pool(), plan.method(), plan.budget())
            .draws(3)
            .proposals(List.of(new Proposal(new UniformDraw())));
    try (AdaptRun run = draws.open(folder.resolve("out"), Device.cpu(), Progress.NONE)) {
      assertThatThrownBy(run::rounds)
          .hasMessageContaining("No set is left")
          .hasMessageContaining("too short for a set")
          .hasMessageContaining("uniform has the same samples");
    }
  }

  @Test
  void aSetIsTakenOnlyBeyondTheSpreadOfDraws() {
    Map<String, Double> weights = Map.of("t", 1.0);
    List<Double> control = List.of(1.0, 2.0, 3.0, 2.0);
    List<Double> better = List.of(0.8, 1.6, 2.4, 1.6);
    Contrast clear =
        Contrast.of(
            "a",
            Map.of("t", better),
            Map.of("t", control),
            weights,
            new Contrast.Spread(0.01, 4),
            0.05);
    assertThat(clear.ratio()).isCloseTo(0.8, within(1e-12));
    assertThat(clear.isBetter()).isTrue();
    Contrast unclear =
        Contrast.of(
            "a",
            Map.of("t", better),
            Map.of("t", control),
            weights,
            new Contrast.Spread(0.2, 4),
            0.05);
    assertThat(unclear.isBetter()).isFalse();
    assertThat(unclear.isWorse()).isFalse();
    Contrast ofOneWindow =
        Contrast.of(
            "a",
            Map.of("t", List.of(0.8)),
            Map.of("t", List.of(1.0)),
            weights,
            new Contrast.Spread(0.01, 4),
            0.05);
    assertThat(ofOneWindow.isBetter()).as("one window has no error").isFalse();
    assertThat(ofOneWindow.ratio()).isCloseTo(0.8, within(1e-12));
  }

  @Test
  void theRoundsDoubleAndEndWithTheWholeModel() {
    assertThat(Round.depths(30, 5, 2)).containsExactly(3, 6, 30);
    assertThat(Round.depths(30, 5, 0)).containsExactly(30);
    assertThat(Round.depths(2, 2, 2)).containsExactly(1, 2);
  }
}
