package tare.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Marks parts of a document's text: what a chat template wrote, and what does not count when a
 * compressor looks at the activations.
 *
 * @param template the parts that a chat template wrote, in order
 * @param uncounted the parts whose tokens have the weight 0, in order
 */
public record Marks(List<Span> template, List<Span> uncounted) {

  /** A text without marks: all of its tokens count, and no template wrote any of them. */
  public static final Marks NONE = new Marks(List.of(), List.of());

  /**
   * A part of a text.
   *
   * @param from its first character
   * @param to the character after its last one
   */
  public record Span(int from, int to) {

    /** Checks the order. */
    public Span {
      if (from < 0 || to < from) {
        throw new IllegalArgumentException("A part of a text cannot go from " + from + " to " + to);
      }
    }
  }

  /** Sorts the parts and joins those that touch. */
  public Marks {
    template = joined(template);
    uncounted = joined(uncounted);
  }

  private static List<Span> joined(List<Span> spans) {
    List<Span> joined = new ArrayList<>();
    for (Span span : spans.stream().sorted(Comparator.comparingInt(Span::from)).toList()) {
      Span last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (last != null && span.from() <= last.to()) {
        joined.set(joined.size() - 1, new Span(last.from(), Math.max(last.to(), span.to())));
      } else if (span.from() < span.to()) {
        joined.add(span);
      }
    }
    return List.copyOf(joined);
  }

  /**
   * The rest of a text.
   *
   * @param spans parts of the text
   * @param length number of characters of the text
   */
  public static List<Span> others(List<Span> spans, int length) {
    List<Span> others = new ArrayList<>();
    int from = 0;
    for (Span span : joined(spans)) {
      others.add(new Span(from, span.from()));
      from = span.to();
    }
    others.add(new Span(from, length));
    return joined(others);
  }

  /**
   * The marks of a part of the text, from its first character on.
   *
   * @param from first character of the part
   * @param to the character after its last one
   */
  public Marks of(int from, int to) {
    return new Marks(within(template, from, to), within(uncounted, from, to));
  }

  private static List<Span> within(List<Span> spans, int from, int to) {
    return spans.stream()
        .filter(span -> span.from() < to && from < span.to())
        .map(span -> new Span(Math.max(0, span.from() - from), Math.min(to, span.to()) - from))
        .toList();
  }

  /**
   * Whether no character of a text counts.
   *
   * @param length number of characters of the text
   */
  boolean isUncounted(int length) {
    return uncounted.equals(List.of(new Span(0, length)));
  }

  /** Whether nothing is marked. */
  public boolean isEmpty() {
    return template.isEmpty() && uncounted.isEmpty();
  }

  /**
   * Which tokens lie wholly in some parts. A token with a single character outside does not.
   *
   * @param spans parts of the text, of {@link #template} or {@link #uncounted}
   * @param tokens first character and end of each token, {@code [tokens][2]}, in order
   */
  static boolean[] inside(List<Span> spans, int[][] tokens) {
    boolean[] inside = new boolean[tokens.length];
    int next = 0;
    for (int t = 0; t < tokens.length; t++) {
      while (next < spans.size() && spans.get(next).to() < tokens[t][1]) {
        next++;
      }
      inside[t] = next < spans.size() && spans.get(next).from() <= tokens[t][0];
    }
    return inside;
  }
}
