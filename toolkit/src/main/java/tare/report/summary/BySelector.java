package tare.report.summary;

import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Results by what chose the calibration set, in place of by corpus. */
public final class BySelector {

  private BySelector() {}

  /**
   * The rows with the name of their selector as their corpus, so that figures and tables of sources
   * show selectors, with the settings that set those of one name apart; rows without a calibration
   * set stay as they are.
   *
   * @param results rows with the columns {@code selector_label} and {@code corpus}
   */
  public static Table table(Table results) {
    StringColumn labels = results.stringColumn("selector_label").copy();
    return results.copy().replaceColumn("corpus", labels.setName("corpus"));
  }
}
