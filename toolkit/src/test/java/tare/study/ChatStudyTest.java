package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tare.chat.PoolName;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.data.Sample;
import tare.evaluate.Outcome;
import tare.model.Precision;

/** Studies of conversations and mixtures, whose pools are named in the study file. */
class ChatStudyTest {

  private static final String LINES =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>\n{% endfor %}"
          + "{% if add_generation_prompt %}<assistant>{% endif %}";

  @TempDir private Path data;
  private Path model;

  @BeforeEach
  void writeDataAndModel() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    model = Files.createDirectory(data.resolve("model"));
    for (String name :
        List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(Path.of("../data/tiny").resolve(name), model.resolve(name));
    }
    Files.writeString(model.resolve("chat_template.jinja"), LINES);
  }

  private Study study(Path checkpoint, String... pools) {
    return new Study(
        "chats",
        List.of(checkpoint.toAbsolutePath().toString()),
        List.of(pools),
        1,
        List.of(new Budget(4, 128)),
        List.of(new Gptq(3, 64).naturalOrder()),
        List.of(new TaskPlan.Answers("chat", 3)),
        7,
        "f32");
  }

  private List<CalibrationSet> sets(Study study) {
    Materials materials = new Materials(data, Device.cpu());
    return materials.check(study).stream()
        .filter(trial -> trial.calibration() != null)
        .map(trial -> materials.calibrationSet(trial).set())
        .toList();
  }

  @Test
  void aPoolsNameSaysTemplateCountAndShares() {
    List<CalibrationSet> sets =
        sets(
            study(
                model,
                "chat",
                "chat?count=answers",
                "chat?template=none",
                "news:0.25+chat?count=content:0.75"));
    assertThat(sets.get(0).templateShare()).isBetween(0.01, 0.5);
    assertThat(sets.get(0).isWeighted()).isFalse();
    assertThat(sets.get(1).countedShare()).isBetween(0.1, 0.9);
    assertThat(sets.get(1).samples().stream().map(Sample::text))
        .as("only the weights differ")
        .isEqualTo(sets.get(0).samples().stream().map(Sample::text).toList());
    assertThat(sets.get(2).templateShare()).isZero();
    assertThat(sets.get(2).samples().get(0).text()).doesNotContain("<user>");
    assertThat(sets.get(3).samples().stream().map(Sample::source))
        .containsExactly("news", "chat", "chat", "chat");
    assertThat(sets.get(3).samples().get(0).isWeighted()).isFalse();
    assertThat(sets.get(3).isWeighted()).isTrue();
  }

  @Test
  void twoModelsOfTheSameWeightsKeepTheirOwnTemplates() throws IOException {
    Path other = Files.createDirectory(data.resolve("other"));
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, other.resolve(file.getFileName()));
      }
    }
    Files.writeString(other.resolve("chat_template.jinja"), LINES.replace("<end>", "<stop>"));
    Materials materials = new Materials(data, Device.cpu());
    List<String> texts =
        Stream.of(model, other)
            .map(each -> materials.corpus("chat", materials.model(each.toString())))
            .map(corpus -> corpus.documents().findFirst().orElseThrow().text())
            .toList();
    assertThat(texts.get(0)).contains("<end>").doesNotContain("<stop>");
    assertThat(texts.get(1)).isEqualTo(texts.get(0).replace("<end>", "<stop>"));
  }

  @Test
  void aPoolsNameGivesEachSampleOneVote() {
    List<CalibrationSet> sets =
        sets(
            study(
                model,
                "chat?count=answers",
                "chat?count=answers&vote=sample",
                "news?vote=sample:0.5+chat?vote=sample:0.5"));
    assertThat(sets.get(1).samples().stream().map(Sample::text))
        .isEqualTo(sets.get(0).samples().stream().map(Sample::text).toList());
    assertThat(sets.get(1).countedShare()).isEqualTo(sets.get(0).countedShare());
    for (CalibrationSet voting : sets.subList(1, 3)) {
      assertThat(voting.samples())
          .allSatisfy(sample -> assertThat(sample.weight()).isCloseTo(1, within(1e-5)));
    }
    assertThat(sets.get(1).fingerprint()).isNotEqualTo(sets.get(0).fingerprint());
  }

  @Test
  void theAnswersOfHeldBackConversationsAreScored() throws IOException {
    Study study = study(model, "chat?count=answers");
    Materials materials = new Materials(data, Device.cpu());
    List<Trial> trials = materials.check(study);
    TrialRun work =
        new TrialRun(
            "chats",
            materials,
            Device.cpu(),
            Precision.F32,
            data.resolve("unfinished"),
            Clock.systemUTC(),
            Progress.NONE);
    for (Trial trial : trials) {
      List<Outcome> items = work.apply(trial).items();
      assertThat(items).hasSize(3).allMatch(each -> each.metric().equals("nll"));
      assertThat(items).allMatch(each -> each.item().startsWith("chat-"));
    }
  }

  @Test
  void aModelWithoutATemplateIsRefusedBeforeTheFirstTrial() {
    Path bare = Path.of("../data/tiny");
    assertThatThrownBy(() -> sets(study(bare, "chat?template=none")))
        .hasMessageContaining("has no chat template");
    Study onText =
        new Study(
            "chats",
            List.of(bare.toAbsolutePath().toString()),
            List.of("chat"),
            1,
            List.of(new Budget(4, 32)),
            List.of(new Gptq(3, 64).naturalOrder()),
            List.of(new TaskPlan.HeldBack("news", 32, 2)),
            7,
            "f32");
    assertThatThrownBy(() -> sets(onText)).hasMessageContaining("chat?template=none");
  }

  @Test
  void aPoolsNameTellsTheShareOfACorpus() {
    assertThat(PoolName.parse("code:0.25+chat:0.75").share("code")).isEqualTo(0.25);
    assertThat(PoolName.parse("code").share("code")).isEqualTo(1);
    assertThat(PoolName.parse("chat?count=answers").share("code")).isZero();
    assertThatThrownBy(() -> PoolName.parse("code+chat").share("code"))
        .hasMessageContaining("joined without shares");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "news:0.5+code | give each corpus a share",
        "news:0.5+code:0.4 | add up to 1",
        "news:0.5+news:0.5 | news has two shares",
        "chat?count=some | 'count=some' is none of",
        "chat?vote=both | 'vote=both' is none of",
        "chat?vote=sample+news | give each corpus vote=sample",
        "news++code | '' is not a corpus"
      })
  void aNameOfAnotherFormIsRefusedWithTheStudy(String pool, String message) {
    assertThatThrownBy(() -> study(model, pool)).hasMessageContaining(message);
  }
}
