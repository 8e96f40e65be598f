package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.data.Sample;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.ZipCal;

/** A selector as a notebook's cell defines it: nothing in the toolkit names it. */
class OwnSelectorTest {

  private record MostLetters(CandidatePool pool, char letter) implements Selector {

    @Override
    public CalibrationSet select(Corpus corpus, Budget budget, Surroundings given) {
      List<Sample> samples =
          pool.draw(corpus, budget, given).list().stream()
              .map(Candidate::sample)
              .sorted(
                  Comparator.comparingLong(s -> -s.text().chars().filter(c -> c == letter).count()))
              .limit(budget.samples())
              .toList();
      return new CalibrationSet(name(), budget, samples);
    }
  }

  @TempDir private Path data;

  private static Study study(Selector... selectors) {
    return new Study(
        "own",
        List.of("../data/tiny"),
        List.of("news"),
        1,
        List.of(new Budget(2, 24)),
        List.of(new Gptq(3, 64)),
        List.of(new TaskPlan.HeldBack("news", 32, 2)),
        1,
        "f32",
        List.of(selectors));
  }

  @Test
  void runsInAStudyThatRecordsItsSettings() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    Materials materials = new Materials(data, Device.cpu());
    Study study =
        study(
            new MostLetters(new CandidatePool(), 'e'),
            new MostLetters(new CandidatePool().pressure(4), 'o'));
    List<Trial> trials = materials.check(study);
    Path folder = data.resolve("results/own");
    try (ResultFolder results = ResultFolder.open(folder, study, trials)) {
      TrialRun work = TrialRun.of(study, materials, Device.cpu(), results, Progress.NONE);
      new HereRunner(Progress.NONE).run(trials, work, results);
    }
    assertThat(trials.stream().map(Trial::id)).hasSize(3).doesNotHaveDuplicates();
    assertThat(Selectors.json(study.selectors().get(1)))
        .hasToString(
            "{\"selector\":\"MostLetters\",\"letter\":\"o\","
                + "\"pool\":{\"pressure\":4,\"packed\":false}}");
    assertThat(folder.resolve("results.csv")).content().contains("MostLetters", "letter=o");
    try (ResultFolder again = ResultFolder.open(folder, study, trials)) {
      assertThat(trials).allMatch(again::has);
    }
  }

  @Test
  void aClusterRefusesIt() {
    assertThatThrownBy(() -> study(new MostLetters(new CandidatePool(), 'e')).requireNoOwnCode())
        .hasMessageContaining(
            "MostLetters is a selector of your own: no code travels to a cluster");
    study(new ZipCal()).requireNoOwnCode();
  }
}
