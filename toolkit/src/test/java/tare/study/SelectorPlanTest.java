package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import tare.select.Acdm;
import tare.select.Diversity;
import tare.select.ReferenceItem;
import tare.select.TaskReference;

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
}
