package tare.report.summary;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class BySelectorTest {

  @Test
  void theSelectorTakesThePlaceOfTheCorpus() {
    Table results =
        Table.create(
            StringColumn.create("corpus", "news", "news", ""),
            StringColumn.create("selector_label", "acdm rule farthest", "mine", ""));
    assertThat(BySelector.table(results).stringColumn("corpus").asList())
        .containsExactly("acdm rule farthest", "mine", "");
    assertThat(results.stringColumn("corpus").get(0)).isEqualTo("news");
  }
}
