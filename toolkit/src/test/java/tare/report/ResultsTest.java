package tare.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ResultsTest {

  private final Results results =
      new Results(
          new InventedResults()
              .add("none", "", 0, "news", 1)
              .add("rtn", "", 0, "news", 2)
              .add("gptq", "code", 0, "news", 3)
              .add("gptq", "code", 1, "news", 5)
              .add("gptq", "news", 0, "news", 7)
              .table());

  @Test
  void eachWordNarrowsDown() {
    assertThat(results.method("gptq").corpus("code").values()).containsExactly(3.0, 5.0);
    assertThat(results.method("gptq", "rtn").corpus("news", "").values()).containsExactly(2.0, 7.0);
    assertThat(results.metric("perplexity").table().rowCount()).isZero();
  }

  @Test
  void theUncompressedModelHasWordsOfItsOwn() {
    assertThat(results.uncompressed().value()).isEqualTo(1);
    assertThat(results.compressed().table().rowCount()).isEqualTo(4);
    assertThat(results.methods()).containsExactly("gptq", "rtn");
    assertThat(results.method("rtn").and(results.uncompressed()).values())
        .containsExactly(2.0, 1.0);
  }

  @Test
  void meanAndDeviationAreOfTheRowsThatAreLeft() {
    Results code = results.corpus("code");

    assertThat(code.mean()).isEqualTo(4);
    assertThat(code.std()).isEqualTo(Math.sqrt(2));
    assertThat(results.each("corpus")).containsExactly("code", "news");
  }

  @Test
  void aValueIsTheOnlyOne() {
    assertThatThrownBy(() -> results.method("gptq").value())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("3 rows");
  }

  @Test
  void aMissingStudyAndAMissingColumnAreNamed() {
    assertThatThrownBy(() -> Results.of("nowhere"))
        .hasMessageContaining("nowhere")
        .hasMessageContaining("tare study run");
    assertThatThrownBy(() -> results.where("colour", "red"))
        .hasMessageContaining("colour")
        .hasMessageContaining("method");
  }

  @Test
  void aRecordedStudyIsFoundByItsName() {
    Results recorded = Results.of("sensitivity-tiny");

    assertThat(recorded.methods()).contains("gptq", "rtn", "sparsegpt");
    assertThat(Results.find("sensitivity-tiny")).isPresent();
    assertThat(Results.find("nowhere")).isEmpty();
    assertThat(recorded.uncompressed().metric("perplexity").task("encyclopedia").value())
        .isBetween(60.0, 70.0);
  }

  @Test
  void aRowThatIsInBothIsTakenOnce() {
    assertThat(results.method("gptq").and(results.corpus("code")).values())
        .containsExactlyElementsOf(results.method("gptq").values());
  }
}
