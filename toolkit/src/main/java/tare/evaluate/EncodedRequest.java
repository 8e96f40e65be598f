package tare.evaluate;

import java.util.Arrays;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import tare.model.TextTokenizer;

/**
 * A request as tokens. The last token is only a target: the model reads the others.
 *
 * @param request its index among the requests
 * @param tokens context and continuation
 * @param scoredFrom index of the first token of the continuation
 * @param cut how many tokens were cut off on the left
 */
public record EncodedRequest(int request, int[] tokens, int scoredFrom, int cut)
    implements Comparable<EncodedRequest> {

  /**
   * Tokens of context and continuation as lm-evaluation-harness has them: white space at the end of
   * the context moves to the continuation, both are tokenized together, and the tokens beyond those
   * of the context alone are scored, after the tokens of the context alone. An empty context is the
   * one token that texts begin with; if the continuation begins with it, it is not put there twice.
   * What the model cannot read is cut off on the left.
   *
   * @param context the most tokens that the model reads
   * @param prefix the token before a text that has nothing before it, see {@link
   *     tare.model.SpecialTokens#prefix}
   * @throws IllegalArgumentException if there is nothing to score or nothing before it, or if the
   *     continuation alone is too long
   */
  public static EncodedRequest of(
      int index,
      Request.Continuation request,
      TextTokenizer tokenizer,
      int context,
      IntSupplier prefix) {
    if (request.context().isEmpty()) {
      int[] text = tokenizer.encode(request.continuation());
      int first = prefix.getAsInt();
      boolean begun = text.length > 0 && text[0] == first;
      int[] whole = IntStream.concat(IntStream.of(first), IntStream.of(text)).toArray();
      return scored(index, request, begun ? text : whole, 1, context);
    }
    String before = PythonText.rstrip(request.context());
    int[] whole = tokenizer.encodePrompt(request.context() + request.continuation());
    int[] first = tokenizer.encodePrompt(before);
    System.arraycopy(first, 0, whole, 0, Math.min(first.length, whole.length));
    return scored(index, request, whole, first.length, context);
  }

  private static EncodedRequest scored(
      int index, Request.Continuation request, int[] whole, int scoredFrom, int context) {
    if (scoredFrom == 0 || scoredFrom >= whole.length) {
      throw new IllegalArgumentException(
          "A request needs a context and a continuation of at least one token each: \"%s\" and \"%s\""
              .formatted(request.context(), request.continuation()));
    }
    return cut(index, whole, scoredFrom, context);
  }

  /** Given tokens, cut on the left to what the model can read. */
  static EncodedRequest cut(int index, int[] whole, int scoredFrom, int context) {
    if (whole.length - scoredFrom > context) {
      throw new IllegalArgumentException(
          "A continuation of %d tokens is longer than the model's context of %d."
              .formatted(whole.length - scoredFrom, context));
    }
    int cut = Math.max(0, whole.length - 1 - context);
    return new EncodedRequest(
        index, Arrays.copyOfRange(whole, cut, whole.length), scoredFrom - cut, cut);
  }

  /** How many tokens the model reads. */
  int inputs() {
    return tokens.length - 1;
  }

  /** How many of the first tokens that the model reads are those of another request. */
  int shared(EncodedRequest other) {
    int first = Arrays.mismatch(tokens, 0, inputs(), other.tokens, 0, other.inputs());
    return first < 0 ? inputs() : first;
  }

  /** By tokens, so that requests that begin alike are neighbours. */
  @Override
  public int compareTo(EncodedRequest other) {
    return Arrays.compare(tokens, other.tokens);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EncodedRequest that
        && request == that.request
        && Arrays.equals(tokens, that.tokens);
  }

  @Override
  public int hashCode() {
    return 31 * request + Arrays.hashCode(tokens);
  }
}
