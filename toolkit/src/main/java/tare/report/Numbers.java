package tare.report;

import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** Formats columns of numbers for readers. */
public final class Numbers {

  private Numbers() {}

  /** Smaller values would show too few digits with four decimals. */
  private static final double SMALL = 9.995e-4;

  /**
   * Four decimals, or three digits and an exponent below a thousandth. A missing value is empty.
   */
  private static final class ShortFormat extends NumberColumnFormatter {
    @Override
    public String format(double value) {
      if (Double.isNaN(value)) {
        return "";
      }
      boolean small = value != 0 && Math.abs(value) < SMALL;
      return String.format(Locale.ROOT, small ? "%.2e" : "%.4f", value);
    }
  }

  /** A column that prints short numbers but keeps the exact ones. NaN is missing. */
  public static DoubleColumn column(String name, double... values) {
    return readable(DoubleColumn.create(name, values));
  }

  static DoubleColumn readable(DoubleColumn column) {
    column.setPrintFormatter(new ShortFormat());
    return column;
  }

  /** Appends one row; NaN is a missing value. */
  static void append(DoubleColumn[] columns, double... row) {
    for (int i = 0; i < columns.length; i++) {
      columns[i].append(row[i]);
    }
  }
}
