package tare.study;

import static org.assertj.core.api.Assertions.assertThat;

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
}
