package tare.evaluate;

/**
 * Text operations that behave like those of Python's {@code str}. Prompts are defined in Python,
 * and Java's notion of white space differs by some characters, among them the no-break spaces.
 */
public final class PythonText {

  private PythonText() {}

  /** {@code str.isspace} of one character. */
  static boolean isSpace(char character) {
    return Character.isWhitespace(character)
        || character == '\u0085'
        || character == '\u00a0'
        || character == '\u2007'
        || character == '\u202f';
  }

  /** {@code str.rstrip()}. */
  static String rstrip(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** {@code str.lstrip()}. */
  public static String lstrip(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return text.substring(start);
  }

  /** {@code str.strip()}. */
  public static String strip(String text) {
    return lstrip(rstrip(text));
  }

  /** {@code str.capitalize()}: the first character in title case, all others in lower case. */
  public static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    return Character.toString(Character.toTitleCase(first))
        + text.substring(Character.charCount(first)).toLowerCase(java.util.Locale.ROOT);
  }

  /** {@code len(re.split(r"\s+", str))}: the number of runs of white space, plus one. */
  public static int words(String text) {
    int words = 1;
    for (int i = 0; i < text.length(); i++) {
      if (isSpace(text.charAt(i)) && (i == 0 || !isSpace(text.charAt(i - 1)))) {
        words++;
      }
    }
    return words;
  }

  /** {@code len(str)}: number of Unicode characters, not of UTF-16 units. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
