package tare.data;

/**
 * Has a name that goes into a results table: a selector, a compressor, a rescaler. The {@code
 * toString} of a record is a good name ({@code Gptq[bits=4, groupSize=128]}). A lambda has no such
 * name and is refused.
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
          "This method has no name that a results table could carry. Write it as a record, for"
              + " instance: record Mine(double power) implements Compressor { ... }, or override"
              + " toString().");
    }
    return name;
  }
}
