package tare.report;

import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Results by what chose the calibration set, in place of by corpus. */
public final class BySelector {

  private BySelector() {}

  /**
   * The rows with the name of their selector as their corpus, so that figures and tables of sources
   * show selectors; rows without a calibration set stay as they are.
   *
   * @param results rows with the columns {@code selector} and {@code corpus}
   */
  public static Table of(Table results) {
    StringColumn names = StringColumn.create("corpus");
    for (String selector : results.stringColumn("selector")) {
      int settings = selector.indexOf('[');
      names.append(settings < 0 ? selector : selector.substring(0, settings));
    }
    return results.copy().replaceColumn("corpus", names);
  }
}
