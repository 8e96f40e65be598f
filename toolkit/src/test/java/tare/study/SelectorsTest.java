package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tare.data.Budget;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.JoinedCorpus;
import tare.model.ByteTokenizer;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ReferenceItem;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;
import tare.select.ZipCal;
import tare.select.acdm.Acdm;
import tare.select.acdm.AcdmHerding;
import tare.select.acdm.References;
import tare.select.acdm.SetRule;
import tare.select.acdm.Statistic;
import tare.select.activation.Observation;
import tare.select.activation.SelfCalibration;

class SelectorsTest {

  private static Selector read(String name, Map<String, ?> settings) {
    ObjectNode json = new ObjectMapper().valueToTree(settings);
    return Selectors.read(json.put("selector", name));
  }

  private static String settings(String name) {
    return Selectors.settings(name).stream()
        .map(Catalogue.Setting::name)
        .collect(Collectors.joining(" "));
  }

  /** Recorded studies hold these names. */
  @Test
  void namesAreFrozen() {
    assertThat(Selectors.names())
        .containsExactly(
            "uniform",
            "uniform-pool",
            "random-tokens",
            "shuffled-words",
            "zipcal",
            "zipcal-multi",
            "covercal",
            "acdm",
            "acdm-herding",
            "gram-matching",
            "clusters",
            "perplexity",
            "k-centre",
            "stratified",
            "self",
            "self-generated");
    assertThat(settings("acdm"))
        .isEqualTo(
            "references referenceWindows pressure packed firstBlocks counted statistic scaling"
                + " sharing rule share");
    assertThat(settings("acdm-herding"))
        .isEqualTo(
            "references referenceWindows pressure packed firstBlocks counted statistic scaling"
                + " share");
    assertThat(settings("gram-matching"))
        .isEqualTo("references referenceWindows pressure packed firstBlocks counted");
    assertThat(settings("zipcal")).isEqualTo("pressure packed unit searchPool");
    assertThat(settings("covercal")).isEqualTo("pressure packed kappa tau weight fill");
    assertThat(settings("clusters")).isEqualTo("pressure packed zScores");
    assertThat(settings("perplexity")).isEqualTo("pressure packed order");
    assertThat(settings("self")).isEqualTo("firstTemperature lastTemperature overTokens guarded");
    assertThat(settings("self-generated"))
        .isEqualTo("pressure packed prefix temperature topK topP repetitionPenalty");
    for (String pooled :
        List.of("uniform-pool", "shuffled-words", "zipcal-multi", "k-centre", "stratified")) {
      assertThat(settings(pooled)).as(pooled).isEqualTo("pressure packed");
    }
    assertThat(settings("uniform") + settings("random-tokens")).isEmpty();
  }

  @Test
  void everySettingSaysWhatItIsFor() {
    for (String name : Selectors.names()) {
      assertThat(Selectors.settings(name))
          .allSatisfy(setting -> assertThat(setting.description()).as(setting.name()).isNotEmpty());
    }
  }

  @Test
  void whatIsReadIsTheRecordThatACellMakes() {
    assertThat(
            read(
                "acdm",
                Map.of(
                    "references",
                    List.of("social_iqa"),
                    "statistic",
                    "RMS",
                    "rule",
                    "FARTHEST",
                    "pressure",
                    4,
                    "packed",
                    true,
                    "counted",
                    "ANSWERS",
                    "firstBlocks",
                    2)))
        .isEqualTo(
            new Acdm(List.of("social_iqa"))
                .statistic(Statistic.RMS)
                .rule(SetRule.FARTHEST)
                .pressure(4)
                .packed()
                .counted(Observation.Counted.ANSWERS)
                .firstBlocks(2));
    assertThat(read("acdm-herding", Map.of("share", 0.5)))
        .isEqualTo(new AcdmHerding(new Acdm(List.of()).share(0.5)));
    assertThat(read("self", Map.of("guarded", false))).isEqualTo(new SelfCalibration().unguarded());
  }

  @Test
  void whatIsWrittenIsTheNameAndWhatDiffersFromTheDefaults() {
    assertThat(StudyFile.canonical(new ZipCal())).isEqualTo("{\"selector\":\"zipcal\"}");
    Acdm acdm = new Acdm(List.of("b", "a")).statistic(Statistic.RMS).referenceWindows(64);
    assertThat(StudyFile.canonical(acdm))
        .isEqualTo("{\"selector\":\"acdm\",\"references\":[\"b\",\"a\"],\"statistic\":\"RMS\"}");
    Acdm inMemory =
        new Acdm(
            new References(
                List.of(new TaskReference("t", List.of(new ReferenceItem("a", "text", ""))))));
    assertThat(StudyFile.canonical(inMemory)).contains("[\"t(1 items ");
  }

  @Test
  void whatASelectorDoesNotHaveIsRefusedByItsName() {
    assertThatThrownBy(() -> read("perplexity", Map.of("rule", "FARTHEST", "order", "LOWEST")))
        .hasMessage("the selector perplexity has no rule; it has: order, packed, pressure");
    assertThatThrownBy(() -> read("acdm-herding", Map.of("rule", "NEAREST")))
        .hasMessageContaining("the selector acdm-herding has no rule");
    assertThatThrownBy(() -> read("uniform", Map.of("pressure", 4)))
        .hasMessage("the selector uniform has no pressure; it has: no settings");
    assertThatThrownBy(() -> read("acdm", Map.of("scaling", "ROBUST")))
        .hasMessageContaining("Z_SCORE");
    assertThatThrownBy(() -> read("acdm", Map.of("share", 2)))
        .hasMessageContaining("share is the part of the set");
    assertThatThrownBy(() -> Selectors.named("best"))
        .hasMessageContaining("No selector is called 'best'. Known: uniform, uniform-pool");
  }

  static Set<String> names() {
    return Selectors.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void onlyThoseThatSaySoAskForTheModel(String name, @TempDir Path folder) throws IOException {
    InventedCorpora.write(folder);
    Corpus corpus = CorpusFile.read(folder.resolve("corpora/news.jsonl"), CorpusSide.TRAIN);
    TaskReference task =
        new TaskReference("t", List.of(new ReferenceItem("a", "word ".repeat(100), "")));
    Selector plain = Selectors.named(name);
    Selector selector =
        plain instanceof TaskGuidedSelector guided ? guided.tasks(List.of(task)) : plain;
    Surroundings given =
        new Surroundings(
            new ByteTokenizer(),
            () -> {
              throw new IllegalStateException("asked for the model");
            },
            new SplittableRandom(1));
    ThrowingCallable choice = () -> selector.select(corpus, new Budget(2, 32), given);
    if (selector.asksForModel()) {
      assertThatThrownBy(choice).hasMessageContaining("asked for the model");
    } else {
      assertThatNoException().isThrownBy(choice);
    }
  }

  @TempDir static Path corpora;

  /** Sets of the tiny model and the invented corpora, as they were before selectors had names. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0;{`selector`:"
            + " `uniform`};3aa86b63339d7684d61c58b76e8968276a4d5ce3e5be2c64a1fcb4d2145090bf",
        "1;{`selector`:"
            + " `uniform`};d6150a7e9603bb9c5099b508ee8b8767311c6733d80b1ba525b02af3d88ade01",
        "0;{`selector`: `zipcal`};804376e57d8635db717b0ebebf84c9239f59a724afd0f1841a684e614f348ad5",
        "1;{`selector`: `zipcal`};f3e3aa04ee42e68e7ea852c121c332cbe2d842fba76f59bcb29fe679710c3a69",
        "0;{`selector`: `acdm`, `references`: [`code`,"
            + " `dialogue`]};f5234f0ecea3205c629d4547a49f43efe0afa28fc99bb6980c7b5ef2211ac1dc",
        "1;{`selector`: `acdm`, `references`: [`code`,"
            + " `dialogue`]};783edc2c69a26bc9ca18281a62f802512a22cd9a7539a761e2684b778848764c",
        "0;{`selector`: `acdm`, `references`: [`code`, `dialogue`], `rule`:"
            + " `FARTHEST`};f63b6aad0cb0127ea3eb0adbbc152919495f2c984afbcb62d0e89a506f487aac",
        "0;{`selector`: `acdm`, `references`: [`code`, `dialogue`], `packed`:"
            + " true};194b6fc836f4e08008cbb82c431888acf339054d67e9666bcc8b3b279f744dee"
      })
  void theSameSeedGivesTheSetThatItAlwaysGave(int set, String named, String fingerprint)
      throws IOException {
    InventedCorpora.write(corpora);
    Corpus pool =
        new JoinedCorpus(
            List.of(read("code", CorpusSide.TRAIN), read("dialogue", CorpusSide.TRAIN)));
    JsonNode json = new ObjectMapper().readTree(named.replace('`', '"'));
    UnaryOperator<TaskReference> reading =
        task -> new TaskReference(task.task(), items(task.task()));
    try (DecoderModel model =
        DecoderModel.load(Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32)) {
      Surroundings surroundings =
          new Surroundings(model.checkpoint().tokenizer(), () -> model, new SplittableRandom(5))
              .set(set)
              .references(reading);
      assertThat(Selectors.read(json).select(pool, new Budget(6, 48), surroundings).fingerprint())
          .isEqualTo(fingerprint);
    }
  }

  private static CorpusFile read(String corpus, CorpusSide side) throws IOException {
    return CorpusFile.read(corpora.resolve("corpora/" + corpus + ".jsonl"), side);
  }

  private static List<ReferenceItem> items(String corpus) {
    try {
      return read(corpus, CorpusSide.HELD_BACK)
          .documents()
          .map(Document::text)
          .map(text -> new ReferenceItem(text, text.substring(0, 200), text.substring(200)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
