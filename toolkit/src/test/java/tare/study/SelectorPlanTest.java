package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tare.data.Budget;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.InventedCorpora;
import tare.model.ByteTokenizer;
import tare.select.Surroundings;
import tare.select.acdm.Acdm;
import tare.select.acdm.Diversity;
import tare.select.acdm.ReferenceItem;
import tare.select.acdm.TaskReference;

class SelectorPlanTest {

  private static Acdm acdm(String json) throws JsonProcessingException {
    List<TaskReference> tasks =
        List.of(new TaskReference("t", List.of(new ReferenceItem("a", "text", ""))));
    return (Acdm) new ObjectMapper().readValue(json, SelectorPlan.class).selector(0, tasks);
  }

  @Test
  void ofJoinedDocumentsOneMayGiveSeveralWindows() throws JsonProcessingException {
    assertThat(acdm("{\"selector\": \"acdm\"}").composition().diversity())
        .isEqualTo(Diversity.STRICT);
    assertThat(acdm("{\"selector\": \"acdm\", \"packed\": true}").composition().diversity())
        .isEqualTo(Diversity.OVERLAP);
  }

  @Test
  void whatASelectorDoesNotHaveIsRefusedByItsName() {
    String json = "{\"selector\": \"perplexity\", \"rule\": \"FARTHEST\", \"order\": \"LOWEST\"}";
    assertThatThrownBy(() -> new ObjectMapper().readValue(json, SelectorPlan.class))
        .hasMessageContaining(
            "the selector perplexity has no rule; it has: order, packed, pressure");
  }

  @Test
  void otherReferencesChangeNothingElse() throws JsonProcessingException {
    String json =
        "{\"selector\": \"acdm\", \"statistic\": \"RMS\", \"share\": 0.5, \"pressure\": 4}";
    SelectorPlan plan = new ObjectMapper().readValue(json, SelectorPlan.class);
    SelectorPlan other = plan.referring(List.of("t"));
    assertThat(other.references()).containsExactly("t");
    assertThat(other).usingRecursiveComparison().ignoringFields("references").isEqualTo(plan);
  }

  @ParameterizedTest
  @EnumSource
  void onlyThoseThatSaySoAskForTheModel(SelectorPlan.Kind kind, @TempDir Path folder)
      throws IOException {
    InventedCorpora.write(folder);
    Corpus corpus = CorpusFile.read(folder.resolve("corpora/news.jsonl"), CorpusSide.TRAIN);
    List<TaskReference> tasks =
        List.of(new TaskReference("t", List.of(new ReferenceItem("a", "word ".repeat(100), ""))));
    SelectorPlan plan = SelectorPlan.named(kind.label());
    Surroundings given =
        new Surroundings(
            new ByteTokenizer(),
            () -> {
              throw new IllegalStateException("asked for the model");
            },
            new SplittableRandom(1));
    ThrowingCallable choice =
        () -> plan.selector(0, tasks).select(corpus, new Budget(2, 32), given);
    if (plan.asksForModel()) {
      assertThatThrownBy(choice).hasMessageContaining("asked for the model");
    } else {
      assertThatNoException().isThrownBy(choice);
    }
  }
}
