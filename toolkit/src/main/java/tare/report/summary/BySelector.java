package tare.report.summary;

import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Groups results by the selector of the calibration set instead of its corpus. */
public final class BySelector {

  private BySelector() {}

  /**
   * Rows with the name of their selector as corpus, so that figures and tables of sources show
   * selectors. The name includes the settings that distinguish selectors of one name. Rows without
   * a calibration set do not change.
   *
   * @param results rows with the columns {@code selector_label} and {@code corpus}
   */
  public static Table table(Table results) {
    StringColumn labels = results.stringColumn("selector_label").copy();
    return results.copy().replaceColumn("corpus", labels.setName("corpus"));
  }
}
