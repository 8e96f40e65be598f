package tare.grid;

/**
 * A grid as numbers and tables, for the loops over columns that run on a GPU ({@code
 * src/main/torchscript/columns.py}).
 *
 * <p>In a table, column i holds the least x that belongs to it (row 0, ascending, the first is −∞)
 * and what x becomes (row 1).
 *
 * @param numbers largest code, 1 if symmetric, norm of the search for a range, and the two numbers
 *     by which a group's largest size is divided and multiplied to get its scale
 * @param levels the numbers of a floating-point format, with their codes in row 2; no rows for
 *     whole numbers
 * @param steps what scales are rounded to; no rows for whole numbers, one column if scales are not
 *     rounded
 */
public record GridTables(double[] numbers, double[][] levels, double[][] steps) {}
