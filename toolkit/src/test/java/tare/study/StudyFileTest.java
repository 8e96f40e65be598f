package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.compress.AwqGrid;
import tare.compress.AwqRound;
import tare.compress.AwqScale;
import tare.compress.Gptq;
import tare.compress.Method;
import tare.compress.Rtn;
import tare.compress.SmoothScale;
import tare.compress.Spqr;
import tare.data.Budget;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;

class StudyFileTest {

  private static final String GOOD =
      """
      {"name": "colours", "models": ["red", "blue"], "corpora": ["news", "code"], "sets": 3,
       "budgets": [{"samples": 8, "tokensPerSample": 256}],
       "recipes": [{"method": "rtn", "bits": 3, "groupSize": 64},
                   {"method": "gptq", "bits": 3, "groupSize": 64, "actOrder": true}],
       "tasks": [{"kind": "choice", "task": "social_iqa", "limit": 20},
                 {"kind": "perplexity", "corpus": "news", "window": 256, "windows": 4}],
       "seed": 1, "precision": "f32"}
      """;

  private static final Revisions REVISIONS =
      new Revisions() {
        @Override
        public String ofModel(String model) {
          return model + "1";
        }

        @Override
        public String ofCorpus(String corpus) {
          return corpus + "1";
        }

        @Override
        public String ofTask(TaskPlan task) {
          return "1";
        }

        @Override
        public String ofReferences(List<String> tasks) {
          return "1";
        }
      };

  @TempDir private Path folder;

  private Study read(String json) throws IOException {
    return StudyFile.read(Files.writeString(folder.resolve("study.json"), json));
  }

  @Test
  void aStudyIsReadAndWrittenWithoutLoss() throws IOException {
    Study study = read(GOOD);

    assertThat(study.budgets()).containsExactly(new Budget(8, 256));
    assertThat(study.recipes()).containsExactly(new Rtn(3, 64), new Gptq(3, 64));
    assertThat(read(StudyFile.pretty(study))).isEqualTo(study);
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", ".hidden", "a/b", "", "a b", "-rf", "=1"})
  void aNameThatIsNoFolderNameIsRefused(String name) {
    assertThatThrownBy(() -> read(GOOD.replace("\"colours\"", '"' + name + '"')))
        .hasMessageContaining("name must")
        .hasMessageContaining("study.json");
  }

  @Test
  void whatTheFileDoesNotSayIsAsInThePapers() throws IOException {
    String methods =
        """
        "recipes": [{"method": "awq", "bits": 4, "groupSize": 64},
                    {"method": "smoothquant-gptq", "bits": 4, "groupSize": 64, "alpha": 0.5},
                    {"method": "spqr", "bits": 4, "groupSize": 16, "threshold": 0.3},
                    {"method": "gptq", "bits": 4, "groupSize": 64, "trueSequential": true},
                    {"method": "smoothquant"}],
        """;
    Study study = read(GOOD.replaceAll("(?s)\"recipes\".*?],\n", methods));

    assertThat(study.recipes())
        .map(method -> method.recipe().parts())
        .containsExactly(
            new AwqScale(4, 64).name() + " + " + new AwqRound(4, 64).name(),
            new SmoothScale(0.5).name() + " + " + new Gptq(4, 64).name(),
            new Spqr(4, 16).threshold(0.3).name(),
            new Gptq(4, 64).trueSequential().name(),
            new SmoothScale(0.8).name()
                + " + "
                + new AwqRound(new AwqGrid(8, -1).symmetric()).unclipped().name()
                + " + TokenGrid[bits=8]");
    assertThat(study.recipes())
        .map(method -> method.schedule().label())
        .containsExactly(
            "block by block",
            "block by block",
            "block by block",
            "true-sequential",
            "block by block");
    assertThat(study.recipes()).allMatch(Method::calibrated);
    assertThat(read(StudyFile.pretty(study))).isEqualTo(study);
    assertThatThrownBy(
            () -> read(GOOD.replaceAll("(?s)\"recipes\".*?],\n", methods).replace("0.5", "2")))
        .hasMessageContaining("alpha is 0 to 1, not 2.0");
  }

  /** A trial's id must not change with a field that it does not use. */
  @Test
  void aScheduleThatIsNotAskedForIsNotWritten() {
    Gptq plain = new Gptq(4, 64);
    assertThat(StudyFile.canonical(plain)).doesNotContain("trueSequential");
    assertThat(StudyFile.canonical(plain.trueSequential())).contains("trueSequential");
  }

  @Test
  void roundedInputsAreEvaluatedInFloat32() {
    String w8a8 =
        GOOD.replace(
            "\"method\": \"rtn\", \"bits\": 3, \"groupSize\": 64", "\"method\": \"smoothquant\"");
    assertThatThrownBy(
            () -> read(w8a8.replace("\"precision\": \"f32\"", "\"precision\": \"auto\"")))
        .hasMessageContaining("precision must be f32, not auto, because smoothquant rounds inputs");
  }

  @Test
  void mistakesAreNamedWithFileAndField() throws IOException {
    assertThatThrownBy(() -> read(GOOD.replace("\"sets\"", "\"stes\"")))
        .hasMessageContaining("study.json")
        .hasMessageContaining("unknown field stes")
        .hasMessageContaining("sets");
    assertThatThrownBy(() -> read(GOOD.replace("actOrder", "actorder")))
        .hasMessageContaining("recipes[1].actorder")
        .hasMessageContaining("actOrder");
    String window =
        "{\"kind\": \"perplexity\", \"corpus\": \"news\", \"window\": 64, \"windows\": 4}";
    assertThatThrownBy(() -> read(GOOD.replace("\"tasks\": [", "\"tasks\": [" + window + ", ")))
        .hasMessageContaining("two whose scores are both called news");
    assertThat(
            read(GOOD.replace(
                    "\"tasks\": [",
                    "\"tasks\": [" + window.replace("perplexity", "divergence") + ", "))
                .tasks())
        .hasSize(3);
    assertThatThrownBy(() -> read(GOOD.replace("gptq", "gptx")))
        .hasMessageContaining("recipes[1]")
        .hasMessageContaining("gptx")
        .hasMessageContaining("gptq");
    assertThatThrownBy(() -> read(GOOD.replace("\"bits\": 3", "\"bits\": 31")))
        .hasMessageContaining("recipes[0]")
        .hasMessageContaining("31");
    assertThatThrownBy(() -> read(GOOD.replace("\"sets\": 3", "\"sets\": 2.5")))
        .hasMessageContaining("sets");
    assertThatThrownBy(() -> read(GOOD.replace("\"sets\": 3,", "")))
        .hasMessageContaining("sets must be 1 or more");
    assertThatThrownBy(() -> read(GOOD.replace("[\"news\", \"code\"]", "[\"news\", \"news\"]")))
        .hasMessageContaining("corpora names something twice");
    assertThatThrownBy(() -> read(GOOD.replace("\"sets\": 3,", "\"sets\": 3, \"sets\": 4,")))
        .hasMessageContaining("study.json")
        .hasMessageContaining("'sets'");
    assertThatThrownBy(() -> read("{")).hasMessageContaining("study.json");
    assertThatThrownBy(() -> StudyFile.read(folder.resolve("nowhere.json")))
        .hasMessageContaining("nowhere.json");
  }

  @Test
  void eachModelHasItsBaselineFirstAndAMethodWithoutCalibrationHasOneTrial() throws IOException {
    List<Trial> trials = read(GOOD).trials(REVISIONS);

    // for each of 2 models: 1 baseline, 1 rtn, 2 corpora x 3 sets of gptq
    assertThat(trials).hasSize(16);
    assertThat(trials.subList(0, 2))
        .extracting(trial -> trial.method().label())
        .containsExactly("none", "rtn");
    assertThat(trials.get(8).model()).isEqualTo("blue");
    assertThat(trials.get(8).method().label()).isEqualTo("none");
    Set<String> ids = new HashSet<>();
    trials.forEach(trial -> ids.add(trial.id()));
    assertThat(ids).hasSize(16).allMatch(id -> id.matches("[0-9a-f]{16}"));
  }

  @Test
  void allConditionsWithTheFirstSetsComeBeforeAnyWithTheSecond() throws IOException {
    String twoMethods =
        GOOD.replace(
            "\"actOrder\": true}",
            "\"actOrder\": true}, {\"method\": \"wanda\", \"sparsity\": \"2:4\"}");

    assertThat(read(twoMethods).trials(REVISIONS).subList(2, 14))
        .extracting(trial -> trial.calibration().set() + " " + trial.method().label())
        .containsExactly(
            "0 gptq", "0 gptq", "0 wanda", "0 wanda", "1 gptq", "1 gptq", "1 wanda", "1 wanda",
            "2 gptq", "2 gptq", "2 wanda", "2 wanda");
  }

  @Test
  void ofTheConditionsWithOneSetThoseOfTheSmallestBudgetComeFirst() throws IOException {
    String budget = "{\"samples\": 8, \"tokensPerSample\": 256}";
    String longAndFew = "{\"samples\": 2, \"tokensPerSample\": 512}";
    String twoBudgets = GOOD.replace(budget, budget + ", " + longAndFew);

    assertThat(read(twoBudgets).trials(REVISIONS).subList(2, 8))
        .extracting(
            trial -> trial.calibration().set() + " " + trial.calibration().budget().tokens())
        .containsExactly("0 1024", "0 1024", "0 2048", "0 2048", "1 1024", "1 1024");
  }

  @Test
  void aBaselineThatTheFileNamesIsNotRunTwice() throws IOException {
    Study study = read(GOOD.replace("\"recipes\": [", "\"recipes\": [{\"method\": \"none\"}, "));

    assertThat(study.trials(REVISIONS)).hasSize(16);
  }

  @Test
  void anIdChangesWithAnythingThatChangesTheResult() throws IOException {
    List<Trial> trials = read(GOOD).trials(REVISIONS);
    List<Trial> otherSeed = read(GOOD.replace("\"seed\": 1", "\"seed\": 2")).trials(REVISIONS);
    List<Trial> otherTask = read(GOOD.replace("\"limit\": 20", "\"limit\": 21")).trials(REVISIONS);

    assertThat(otherSeed.get(0).id()).isEqualTo(trials.get(0).id()); // the baseline has no seed
    assertThat(otherSeed.get(3).id()).isNotEqualTo(trials.get(3).id());
    assertThat(otherTask.get(0).id()).isNotEqualTo(trials.get(0).id());
  }

  @Test
  void theStudiesInTheRepositoryAreRead() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../data/studies"))) {
      List<Path> studies = files.filter(file -> file.toString().endsWith(".json")).toList();
      assertThat(studies).isNotEmpty();
      for (Path file : studies) {
        Study study = StudyFile.read(file);
        assertThat(file.getFileName()).hasToString(study.name() + ".json");
        assertThat(study.trials(REVISIONS)).hasSizeGreaterThan(3);
        assertThat(study.count()).isEqualTo(study.trials(REVISIONS).size());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // 9 models x (baseline + 4 methods x 5 sources x 10 sets)
    "sensitivity-paper,1809",
    // baseline, RTN and magnitude, and 4 methods x 5 sources x 10 sets
    "sensitivity-tiny,203",
    // baseline, and 3 methods x 4 counts x 4 lengths x 3 sets
    "samples-length-qwen,145",
    // baseline, RTN in 6 and magnitude in 2 settings, calibrated quantizers in 23, pruners in 4
    "quality-small,36",
    // baseline, RTN in 5 and magnitude in 3 settings, and GPTQ with 5 sets
    "outcomes-tiny,14"
  })
  void aStudyHasTheTrialsThatItsProtocolCounts(String name, int trials) {
    assertThat(StudyFile.read(Path.of("../data/studies", name + ".json")).count())
        .isEqualTo(trials);
  }

  @Test
  void nestedSetsLieAsFarApartAsTheLargestIsLong() throws IOException {
    String budgets =
        "\"budgets\": [{\"samples\": 8, \"tokensPerSample\": 256},"
            + " {\"samples\": 64, \"tokensPerSample\": 64}], \"nested\": true,\n";
    Study study = read(GOOD.replaceAll("\"budgets\".*\n", budgets));
    assertThat(study.trials(REVISIONS))
        .filteredOn(trial -> trial.calibration() != null)
        .allMatch(trial -> trial.calibration().tokensApart() == 64 * 64);
    assertThat(read(StudyFile.pretty(study))).isEqualTo(study);
    assertThat(StudyFile.pretty(read(GOOD))).doesNotContain("nested");
    assertThat(StudyFile.canonical(read(GOOD).trials(REVISIONS))).doesNotContain("tokensApart");
    assertThatThrownBy(
            () ->
                read(
                    selecting("{\"selector\": \"zipcal\"}")
                        .replace("\"seed\"", "\"nested\": true, \"seed\"")))
        .hasMessageContaining("nested applies to uniform draws only");
  }

  @Test
  void aShorterPrecisionOfTheSamplesMakesOtherTrialsOfCalibratedMethodsOnly() throws IOException {
    String seed = "\"seed\"";
    List<Trial> plain = read(GOOD).trials(REVISIONS);
    Study inBfloat16 = read(GOOD.replace(seed, "\"calibrationPrecision\": \"bf16\", " + seed));
    List<Trial> shorter = inBfloat16.trials(REVISIONS);

    assertThat(shorter).hasSameSizeAs(plain);
    for (int i = 0; i < plain.size(); i++) {
      assertThat(shorter.get(i).id().equals(plain.get(i).id()))
          .as(plain.get(i).summary())
          .isEqualTo(plain.get(i).calibration() == null);
    }
    assertThat(read(StudyFile.pretty(inBfloat16))).isEqualTo(inBfloat16);
    assertThat(read(GOOD.replace(seed, "\"calibrationPrecision\": \"f32\", " + seed)))
        .isEqualTo(read(GOOD));
    assertThatThrownBy(
            () -> read(GOOD.replace(seed, "\"calibrationPrecision\": \"auto\", " + seed)))
        .hasMessageContaining("calibrationPrecision must be f32, bf16 or f16, not auto");
  }

  private static String selecting(String selectors) {
    return GOOD.replace("\"seed\": 1", "\"selectors\": [" + selectors + "], \"seed\": 1");
  }

  @Test
  void selectorsAreNamedWithTheirSettingsAndMultiplyTheTrials() throws IOException {
    Study study =
        read(
            selecting(
                "{\"selector\": \"uniform-pool\"}, {\"selector\": \"acdm\", \"statistic\": \"RMS\"}"));

    assertThat(((TaskGuidedSelector) study.selectors().get(1)).tasks())
        .as("the study's own tasks")
        .containsExactly(new TaskReference("social_iqa"));
    assertThat(read(StudyFile.pretty(study))).isEqualTo(study);
    int uniform = read(GOOD).trials(REVISIONS).size();
    // each model has its baseline, rtn, and 2 corpora x 3 sets of gptq
    assertThat(uniform).isEqualTo(2 * (1 + 1 + 6));
    assertThat(study.trials(REVISIONS)).hasSize(2 * (1 + 1 + 12));
    assertThat(study.trials(REVISIONS).stream().map(Trial::id)).doesNotHaveDuplicates();
  }

  @Test
  void withoutSelectorsTrialsKeepTheIdsThatTheyHadBeforeThereWereAny() throws IOException {
    String json = StudyFile.canonical(read(GOOD).trials(REVISIONS).get(3));
    assertThat(json).doesNotContain("selector").doesNotContain("references");
  }

  @Test
  void whatASelectorDoesNotHaveIsRefused() {
    assertThatThrownBy(() -> read(selecting("{\"selector\": \"best\"}")))
        .hasMessageContaining("No selector is called 'best'")
        .hasMessageContaining("acdm-herding");
    assertThatThrownBy(() -> read(selecting("{\"selector\": \"zipcal\", \"statistic\": \"RMS\"}")))
        .hasMessageContaining("zipcal has no statistic")
        .hasMessageContaining("packed, pressure");
    assertThatThrownBy(() -> read(selecting("{\"selector\": \"acdm\", \"statistics\": \"RMS\"}")))
        .hasMessageContaining("statistics");
  }
}
