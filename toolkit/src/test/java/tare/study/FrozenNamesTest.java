package tare.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.compress.Method;
import tare.select.Selector;

/**
 * The names that recorded results depend on. If one of these tests fails after a class, a component
 * or a default was renamed or changed, give it back the name that stands here (as {@code
 * JsonProperty}), or recorded trials are no longer found.
 */
class FrozenNamesTest {

  private static final String STUDY =
      """
      {"name": "names", "models": ["m"], "corpora": ["news"], "sets": 1,
       "budgets": [{"samples": 2, "tokensPerSample": 4}], "recipes": [%s],
       "tasks": [{"kind": "choice", "task": "birds/two", "limit": 5},
                 {"kind": "choice", "task": "bees", "limit": 5}],
       "seed": 1, "precision": "f32", "selectors": [%s]}
      """;

  private static Method method(String json) {
    return Study.parse(String.format(Locale.ROOT, STUDY, json, "{\"selector\": \"uniform\"}"))
        .recipes()
        .get(0);
  }

  private static Selector selector(String json) {
    return Study.parse(
            String.format(
                Locale.ROOT, STUDY, "{\"method\": \"rtn\", \"bits\": 3, \"groupSize\": 4}", json))
        .selectors()
        .get(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'method':'none'}",
        "{'method':'rtn','bits':3,'groupSize':64}",
        "{'method':'rtn','bits':3,'groupSize':64,'symmetric':true}",
        "{'method':'rtn','bits':4,'groupSize':32,'inputBits':4,'numbers':'mxfp4'}",
        "{'method':'gptq','bits':3,'groupSize':64}",
        "{'method':'gptq','bits':4,'groupSize':16,'numbers':'nvfp4'}",
        "{'method':'gptq','actOrder':false,'bits':3,'damping':0.1,'grids':'STATIC','groupSize':64,'mse':true,'symmetric':true,'trueSequential':true}",
        "{'method':'gptaq','bits':3,'groupSize':64}",
        "{'method':'gptaq','actOrder':false,'alpha':1.0,'bits':3,'groupSize':64,'target':'LAYER'}",
        "{'method':'hqq','bits':4,'groupSize':64}",
        "{'method':'hqq','beta':100.0,'bits':3,'groupSize':64,'iterations':50,'norm':0.5}",
        "{'method':'rotation'}",
        "{'method':'rotation','seed':2,'then':{'method':'gptaq','bits':4,'groupSize':64}}",
        "{'method':'awq','bits':4,'groupSize':64}",
        "{'method':'awq','bits':4,'clip':false,'duo':true,'groupSize':64,'symmetric':true}",
        "{'method':'smoothquant'}",
        "{'method':'smoothquant','alpha':0.5,'bits':4,'groupSize':64,'inputBits':6}",
        "{'method':'smoothquant-gptq','bits':3,'groupSize':64}",
        "{'method':'smoothquant-gptq','actOrder':false,'alpha':0.5,'bits':3,'damping':0.1,'grids':'STATIC','groupSize':64,'inputBits':8,'mse':true,'symmetric':true}",
        "{'method':'spqr','bits':3,'groupSize':16}",
        "{'method':'spqr','actOrder':false,'bits':3,'damping':0.5,'groupSize':32,'leaveOneOut':false,'runLength':8,'scaleBits':4,'threshold':0.1}",
        "{'method':'magnitude','sparsity':'0.5'}",
        "{'method':'magnitude','sparsity':'0.5','then':{'method':'rtn','bits':4,'groupSize':64}}",
        "{'method':'wanda','sparsity':'2:4','then':{'method':'gptq','bits':4,'groupSize':64}}",
        "{'method':'sparsegpt','sparsity':'0.7'}",
        "{'method':'sparsegpt','damping':0.1,'rounding':{'method':'rtn','bits':4,'groupSize':64},'sparsity':'0.5'}"
      })
  void methodsKeepTheirNames(String text) throws Exception {
    String json = text.replace('\'', '"');
    assertThat(new ObjectMapper().writeValueAsString(Methods.json(method(json)))).isEqualTo(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'selector':'uniform'}",
        "{'selector':'uniform-pool','packed':true,'pressure':4}",
        "{'selector':'random-tokens'}",
        "{'selector':'shuffled-words'}",
        "{'selector':'zipcal'}",
        "{'selector':'zipcal-multi'}",
        "{'selector':'covercal'}",
        "{'selector':'acdm','references':['bees']}",
        "{'selector':'acdm','packed':true,'pressure':4,'references':['bees'],'rule':'FARTHEST','scaling':'NONE','sharing':'MEAN','statistic':'RMS'}",
        "{'selector':'acdm','references':['bees'],'statistic':'LAYER_SCALARS'}",
        "{'selector':'acdm-herding','references':['bees']}",
        "{'selector':'gram-matching','references':['bees']}",
        "{'selector':'clusters'}",
        "{'selector':'perplexity'}",
        "{'selector':'k-centre'}",
        "{'selector':'stratified'}",
        "{'selector':'self'}",
        "{'selector':'self-generated'}"
      })
  void selectorsKeepTheirNames(String text) throws Exception {
    String json = text.replace('\'', '"');
    assertThat(new ObjectMapper().writeValueAsString(Selectors.json(selector(json))))
        .isEqualTo(json);
  }

  @Test
  void whatIsADefaultIsLeftOut() {
    assertThat(
            Methods.json(
                method(
                    "{\"method\": \"gptq\", \"bits\": 3, \"groupSize\": 64, \"actOrder\": true, \"grids\": \"STATIC\", \"damping\": 0.01}")))
        .isEqualTo(Methods.json(method("{\"method\": \"gptq\", \"bits\": 3, \"groupSize\": 64}")));
  }

  @Test
  void settingsThatStudiesVaryHaveColumns() {
    assertThat(
            SettingsColumns.OfMethod.of(
                method("{\"method\": \"gptq\", \"bits\": 3, \"groupSize\": 64, \"mse\": true}")))
        .isEqualTo(new SettingsColumns.OfMethod(3, 64, null, "{\"mse\":true}"));
    assertThat(SettingsColumns.OfMethod.of(method("{\"method\": \"smoothquant\"}")))
        .as("defaults too")
        .isEqualTo(new SettingsColumns.OfMethod(8, -1, null, null));
    assertThat(
            SettingsColumns.OfMethod.of(
                method(
                    "{\"method\": \"wanda\", \"sparsity\": \"2:4\", \"then\": {\"method\": \"rtn\", \"bits\": 4, \"groupSize\": 64}}")))
        .isEqualTo(
            new SettingsColumns.OfMethod(
                4, 64, "2:4", "{\"then\":{\"method\":\"rtn\",\"bits\":4,\"groupSize\":64}}"));
  }

  @Test
  void theSettingsOfThePartsOfAChainHaveColumnsToo() {
    String wanda =
        "{\"method\":\"wanda\",\"sparsity\":\"2:4\",\"then\":{\"method\":\"rtn\",\"bits\":4,\"groupSize\":64}}";
    assertThat(
            SettingsColumns.OfMethod.of(
                method("{\"method\": \"rotation\", \"then\": " + wanda + "}")))
        .isEqualTo(new SettingsColumns.OfMethod(4, 64, "2:4", "{\"then\":" + wanda + "}"));
  }

  @Test
  void labelsOfSelectorsNameWhatIsUnusual() {
    List<String> own = List.of("birds/two", "bees");
    assertThat(SettingsColumns.OfSelector.of(null, own))
        .isEqualTo(new SettingsColumns.OfSelector("uniform", "uniform", null));
    assertThat(SettingsColumns.OfSelector.of(selector("{\"selector\": \"acdm\"}"), own))
        .as("references of the study itself")
        .isEqualTo(
            new SettingsColumns.OfSelector(
                "acdm", "acdm", "{\"references\":[\"birds/two\",\"bees\"]}"));
    assertThat(
            SettingsColumns.OfSelector.of(
                    selector(
                        "{\"selector\": \"acdm\", \"references\": [\"birds/two\"], \"statistic\": \"LAYER_SCALARS\"}"),
                    own)
                .label())
        .isEqualTo("acdm references two statistic layer-scalars");
  }
}
