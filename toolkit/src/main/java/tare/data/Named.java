package tare.data;

/**
 * Something whose name goes into a results table: a selector, a compressor, a rescaler. A record's
 * {@code toString} is a good name ({@code Gptq[bits=4, groupSize=128]}); a lambda has none, and is
 * refused.
 */
public interface Named {

  /**
   * The name that results carry.
   *
   * @throws IllegalArgumentException for a lambda, or a class that does not override {@code
   *     toString}
   */
  default String name() {
    String name = toString();
    if (name.contains("$$Lambda")
        || name.equals(getClass().getName() + "@" + Integer.toHexString(hashCode()))) {
      throw new IllegalArgumentException(
          "This method has no name that a results table could carry. Write it as a record,"
              + " for instance: record Mine(double power) implements Compressor { ... }, or override toString().");
    }
    return name;
  }
}
