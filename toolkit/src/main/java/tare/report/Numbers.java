package tare.report;

import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** Formats columns of numbers for readers. */
public final class Numbers {

  private Numbers() {}

  private static final double SMALL = 9.995e-4;
  private static final double LARGE = 1e7;

  /** 9.996 has one digit before the point, but is shown as 10.0. */
  private static final double ROUNDING = 5e-4;

  /**
   * Three digits, and all digits before the point. Below a thousandth and from ten millions on it
   * has an exponent. A missing value is empty.
   */
  private static final class ShortFormat extends NumberColumnFormatter {
    @Override
    public String format(double value) {
      if (Double.isNaN(value)) {
        return "";
      }
      double size = Math.abs(value);
      if (size != 0 && (size < SMALL || size >= LARGE)) {
        return String.format(Locale.ROOT, "%.2e", value);
      }
      int before = size == 0 ? 1 : (int) Math.floor(Math.log10(size * (1 + ROUNDING))) + 1;
      return String.format(Locale.ROOT, "%." + Math.max(0, 3 - before) + "f", value);
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
