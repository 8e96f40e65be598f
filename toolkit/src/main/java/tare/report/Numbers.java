package tare.report;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** Columns of numbers as a reader wants to see them. */
final class Numbers {

  private Numbers() {}

  /** An empty column that prints four decimals, and nothing for a missing value. */
  static DoubleColumn column(String name) {
    DoubleColumn column = DoubleColumn.create(name);
    column.setPrintFormatter(
        new NumberColumnFormatter(
            new DecimalFormat("0.0000", DecimalFormatSymbols.getInstance(Locale.ROOT)), ""));
    return column;
  }

  /** Appends one row; NaN is a missing value. */
  static void append(DoubleColumn[] columns, double... row) {
    for (int i = 0; i < columns.length; i++) {
      columns[i].append(row[i]);
    }
  }
}
