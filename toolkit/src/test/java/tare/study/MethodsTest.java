package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tare.compress.Awq;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.Hqq;
import tare.compress.LayerInputs;
import tare.compress.Magnitude;
import tare.compress.Method;
import tare.compress.Rotation;
import tare.compress.Rtn;
import tare.compress.SmoothQuant;
import tare.compress.SmoothQuantGptq;
import tare.compress.SparseGpt;
import tare.compress.SparsityPattern;
import tare.compress.Spqr;
import tare.compress.Wanda;
import tare.grid.NumberFormat;
import tare.grid.Storage;

/** Methods in study files. */
class MethodsTest {

  private static final ObjectMapper JSON = new ObjectMapper().registerModule(Methods.module());

  private static Method read(String json) throws JsonProcessingException {
    return JSON.readValue(json.replace('\'', '"'), Method.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'method':'magnitude','sparsity':0.5}|magnitude|Magnitude[pattern=0.5]",
        "{'method':'wanda','sparsity':'2:4'}|wanda|Wanda[pattern=2:4]",
        "{'method':'wanda','sparsity':0.5,'then':{'method':'rtn','bits':4,'groupSize':64}}"
            + "|wanda+rtn|Wanda[pattern=0.5] then"
            + " Rtn[bits=4, groupSize=64, isSymmetric=false]",
        "{'method':'sparsegpt','sparsity':'4:8'}|sparsegpt"
            + "|SparseGpt[pattern=4:8, damping=0.01, blockSize=128, rounding=Optional.empty]",
        "{'method':'sparsegpt','sparsity':0.5,'damping':0.1,"
            + "'rounding':{'method':'rtn','bits':4,'groupSize':-1}}|sparsegpt-rtn"
            + "|SparseGpt[pattern=0.5, damping=0.1, blockSize=128,"
            + " rounding=Optional[Rtn[bits=4, groupSize=-1, isSymmetric=false]]]"
      })
  void isReadAndWrittenWithoutLoss(String json, String label, String recipe)
      throws JsonProcessingException {
    Method plan = read(json);
    assertThat(plan.label()).isEqualTo(label);
    assertThat(plan.recipe().parts()).isEqualTo(recipe);
    assertThat(JSON.readValue(JSON.writeValueAsString(plan), Method.class)).isEqualTo(plan);
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
    assertThatThrownBy(() -> read("{'method':'rtn','bits':'three','groupSize':64}"))
        .hasMessageContaining("expected a whole number, not \"three\"");
    assertThatThrownBy(() -> read("{'method':'gptq','bits':3,'groupSize':64,'grids':'DYNAMIC'}"))
        .hasMessageContaining("expected one of UPDATED, BLOCK_START, STATIC, not \"DYNAMIC\"");
    assertThatThrownBy(() -> read("{'method':'wanda','sparsity':'half'}"))
        .hasMessageContaining("Sparsity must be a share such as 0.5, or N:M such as 2:4; got half");
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
    assertThatThrownBy(() -> read("{'method':'rotation','then':{'method':'none'}}"))
        .hasMessageContaining("none cannot follow a rotation");
    assertThatThrownBy(() -> read("{'method':'gptq','bits':3,'groupSize':64,'then':" + rtn + "}"))
        .hasMessageContaining("then");
    assertThatThrownBy(
            () ->
                read(
                    "{'method':'rtn','bits':4,'groupSize':32,'numbers':'mxfp4','symmetric':false}"))
        .hasMessageContaining("with the other settings this is always true, not false");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{'method':'rtn','bits':4}|then.groupSize",
        "{'method':'rtn','bits':'four','groupSize':64}|then.bits",
        "{'method':'rtn','bits':4,'groupSize':64,'group':64}|then.group",
        "{'method':'rtn','bits':99,'groupSize':64}|then",
        "{'method':'rotten'}|then"
      })
  void aMistakeInAFollowingMethodIsToldWithItsPlace(String next, String place) {
    for (String first : List.of("'method':'wanda','sparsity':0.5", "'method':'rotation'")) {
      assertThatThrownBy(() -> read("{" + first + ",'then':" + next + "}"))
          .isInstanceOfSatisfying(
              JsonMappingException.class,
              e ->
                  assertThat(e.getPath())
                      .extracting(JsonMappingException.Reference::getFieldName)
                      .containsExactly(place));
    }
  }

  @Test
  void onlyWhatDiffersFromTheDefaultsIsWritten() {
    assertThat(Methods.json(new Gptq(3, 64)))
        .hasToString("{'method':'gptq','bits':3,'groupSize':64}".replace('\'', '"'));
    assertThat(Methods.json(new Gptq(3, 64).naturalOrder().symmetric().damping(0.1)))
        .hasToString(
            "{'method':'gptq','actOrder':false,'bits':3,'damping':0.1,'groupSize':64,'symmetric':true}"
                .replace('\'', '"'));
    assertThat(Methods.json(new SmoothQuantGptq(3, 64).alpha(0.5)))
        .hasToString(
            "{'method':'smoothquant-gptq','alpha':0.5,'bits':3,'groupSize':64}".replace('\'', '"'));
    assertThat(Methods.json(new SparseGpt("2:4").then(new Rtn(4, 64))))
        .hasToString(
            "{'method':'sparsegpt','sparsity':'2:4','then':{'method':'rtn','bits':4,'groupSize':64}}"
                .replace('\'', '"'));
    assertThat(Methods.json(new SmoothQuant())).hasToString("{\"method\":\"smoothquant\"}");
  }

  /** The names are in study files and trial ids: they never change, whatever the components do. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none|",
        "rtn|bits groupSize symmetric mse numbers inputBits",
        "gptq|bits groupSize symmetric actOrder grids damping mse blockSize trueSequential"
            + " numbers inputBits",
        "gptaq|bits groupSize symmetric actOrder grids damping mse blockSize trueSequential"
            + " numbers inputBits alpha target",
        "awq|bits groupSize symmetric duo clip numbers",
        "smoothquant|alpha bits groupSize inputBits",
        "smoothquant-gptq|alpha bits groupSize symmetric actOrder grids damping mse blockSize"
            + " trueSequential numbers inputBits",
        "spqr|bits groupSize scaleBits runLength threshold leaveOneOut actOrder damping",
        "magnitude|sparsity",
        "wanda|sparsity",
        "sparsegpt|sparsity damping blockSize rounding",
        "hqq|bits groupSize norm beta iterations",
        "rotation|seed"
      })
  void namesAreFrozen(String method, String settings) {
    assertThat(Methods.settings(method).stream().map(Catalogue.Setting::name))
        .containsExactlyElementsOf(settings == null ? List.of() : List.of(settings.split(" ")));
    assertThat(Methods.names()).hasSize(13);
  }

  @ParameterizedTest
  @MethodSource("withers")
  void whatAWitherChangesIsReadBack(Method method) {
    assertThat(Methods.read(Methods.json(method))).isEqualTo(method);
    assertThat(Methods.read(Methods.allSettings(method))).isEqualTo(method);
  }

  static Stream<Method> withers() {
    return Stream.of(
        new Rtn(4, 64).symmetric(),
        new Gptq(3, 64).naturalOrder(),
        new Gptq(3, 64).naturalOrder().grids(Gptq.Grids.STATIC),
        new Gptq(3, 64).grids(Gptq.Grids.BLOCK_START).symmetric().searchedRange(),
        new Gptq(3, 64).blockSize(32).damping(0.1).trueSequential(),
        new Gptaq(3, 64).alpha(1).target(Gptaq.Target.LAYER),
        new Gptaq(new Gptq(3, 64).naturalOrder().symmetric()),
        new Awq(3, 64).unclipped(),
        new Awq(3, 64).duoScaling().symmetric(),
        new SmoothQuant().alpha(0.5).weights(4, 64).inputBits(16),
        new SmoothQuantGptq(new Gptq(3, 64).naturalOrder()).alpha(0.5).inputBits(8),
        new Spqr(3, 16).scaleBits(16).runLength(8).threshold(0.5),
        new Spqr(3, 16).fittedToAll().naturalOrder().damping(0.5),
        new Wanda(SparsityPattern.matrix(0.5)),
        new Magnitude(SparsityPattern.rows(0.5)),
        new SparseGpt(0.5).damping(0.1).blockSize(64).rounding(new Rtn(4, 64).symmetric()),
        new Hqq(4, 64).norm(0.5).beta(100).iterations(5),
        new Rotation(4),
        new Rotation(4).then(new Awq(4, 64).symmetric()),
        new Rotation().then(new Wanda("2:4").then(new Rtn(4, 64))),
        new Wanda("2:4").then(new Gptq(4, 64).trueSequential()));
  }

  record KeepLargest(int bits, double share) implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      return new Compressed(new Storage.Dense(weight.toFloatArray(), bits), "");
    }
  }

  @Test
  void methodsAreDescribedByWhatTheyRoundTo() {
    assertThat(Methods.described(new Gptq(3, 64))).isEqualTo("gptq, 3 bits, groups of 64");
    assertThat(Methods.described(new Rotation().then(Rtn.of(NumberFormat.MXFP4))))
        .isEqualTo("rotation+rtn mxfp4, 4 bits, groups of 32");
  }

  @Test
  void aMethodOfOnesOwnIsRecordedByItsComponentsAndNotRead() {
    Method own = new KeepLargest(3, 0.05);
    assertThat(own.label()).isEqualTo("KeepLargest");
    assertThat(Methods.json(own))
        .hasToString("{\"method\":\"KeepLargest\",\"bits\":3,\"share\":0.05}");
    assertThatThrownBy(() -> Methods.read(Methods.json(own)))
        .hasMessageContaining("KeepLargest is a method of your own: no code travels")
        .hasMessageContaining("notebook 10");
  }
}
