package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pruners in study files. */
class PruningPlanTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static MethodPlan read(String json) throws JsonProcessingException {
    return JSON.readValue(json.replace('\'', '"'), MethodPlan.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'method':'magnitude','sparsity':0.5}|magnitude|Magnitude[pattern=0.5 of the matrix]",
        "{'method':'wanda','sparsity':'2:4'}|wanda|Wanda[pattern=2:4]",
        "{'method':'wanda','sparsity':0.5,'then':{'method':'rtn','bits':4,'groupSize':64}}"
            + "|wanda+rtn|Wanda[pattern=0.5 of each row] then"
            + " Rtn[bits=4, groupSize=64, symmetric=false]",
        "{'method':'sparsegpt','sparsity':'4:8'}|sparsegpt"
            + "|SparseGpt[pattern=4:8, damping=0.01, blockSize=128, rounding=Optional.empty]",
        "{'method':'sparsegpt','sparsity':0.5,'damping':0.1,"
            + "'rounding':{'method':'rtn','bits':4,'groupSize':-1}}|sparsegpt-rtn"
            + "|SparseGpt[pattern=0.5 of the matrix, damping=0.1, blockSize=128,"
            + " rounding=Optional[Rtn[bits=4, groupSize=-1, symmetric=false]]]"
      })
  void isReadAndWrittenWithoutLoss(String json, String label, String recipe)
      throws JsonProcessingException {
    MethodPlan plan = read(json);
    assertThat(plan.label()).isEqualTo(label);
    assertThat(((MethodPlan.Compression) plan).recipe().parts()).isEqualTo(recipe);
    assertThat(JSON.readValue(JSON.writeValueAsString(plan), MethodPlan.class)).isEqualTo(plan);
  }

  @Test
  void onlyWhatLooksAtInputsIsCalibrated() throws JsonProcessingException {
    assertThat(read("{'method':'magnitude','sparsity':0.5}").calibrated()).isFalse();
    assertThat(read("{'method':'wanda','sparsity':0.5}").calibrated()).isTrue();
    String gptq = "{'method':'gptq','bits':4,'groupSize':64}";
    assertThat(read("{'method':'magnitude','sparsity':0.5,'then':" + gptq + "}").calibrated())
        .isTrue();
  }

  @Test
  void mistakesAreNamed() {
    assertThatThrownBy(() -> read("{'method':'wanda'}"))
        .hasMessageContaining("sparsity is missing");
    assertThatThrownBy(() -> read("{'method':'wanda','sparsity':'half'}"))
        .hasMessageContaining("share of zeros such as 0.5, or N:M such as 2:4; got half");
    assertThatThrownBy(() -> read("{'method':'sparsegpt','sparsity':'4:2'}"))
        .hasMessageContaining("got 4:2");
    String wanda = "{'method':'wanda','sparsity':0.5}";
    assertThatThrownBy(() -> read("{'method':'wanda','sparsity':0.5,'then':" + wanda + "}"))
        .hasMessageContaining("wanda cannot follow a pruner");
    String rtn = "{'method':'rtn','bits':4,'groupSize':64}";
    assertThatThrownBy(
            () ->
                read(
                    "{'method':'sparsegpt','sparsity':0.5,'rounding':"
                        + rtn
                        + ",'then':"
                        + rtn
                        + "}"))
        .hasMessageContaining("rounding or then, not both");
  }
}
