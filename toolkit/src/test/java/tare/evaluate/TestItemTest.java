package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tare.data.Sha256;
import tare.study.ScoredItem;

class TestItemTest {

  private static MultipleChoice sky(String wrong) {
    return new MultipleChoice(
        "colours",
        "1",
        0,
        List.of(
            new MultipleChoice.Item("sky", "The sky is", " ", List.of(wrong, "blue"), List.of(1))));
  }

  @Test
  void aChoiceIsKeptOutOfCalibrationWithItsRightAnswerOnly() {
    assertThat(sky("green").solvedTexts()).containsExactly("The sky is blue");
  }

  @Test
  void aHashIsOfAllChoices() {
    ScoredItem item = ScoredItem.of("colours", "1", sky("green").items().get(0));
    assertThat(item.item()).isEqualTo("sky");
    assertThat(item.sha256()).isEqualTo(Sha256.hex("The sky is green\nThe sky is blue"));
    assertThat(ScoredItem.of("colours", "1", sky("red").items().get(0)).sha256())
        .isNotEqualTo(item.sha256());
  }

  @Test
  void aTextIsOneItemOfParagraphs() {
    List<TestItem> items = new Perplexity("news", "1", "One.\n\nTwo.", 4, 1).items();
    assertThat(items).hasSize(1);
    assertThat(items.get(0).solved()).containsExactly("One.", "Two.");
  }
}
