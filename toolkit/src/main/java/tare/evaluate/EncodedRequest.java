package tare.evaluate;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import tare.model.Checkpoint;
import tare.model.TextTokenizer;

/**
 * A request as tokens. The last token is only a target: the model reads all others.
 *
 * @param request index among the requests
 * @param tokens context and continuation
 * @param scoredFrom index of the continuation's first token
 * @param cut number of tokens that were cut off on the left
 */
public record EncodedRequest(int request, int[] tokens, int scoredFrom, int cut)
    implements Comparable<EncodedRequest> {

  /**
   * Tokenizes context and continuation as lm-evaluation-harness does. White space at the end of the
   * context moves to the continuation. Both are tokenized together; the scored tokens are those
   * beyond the length of the context alone. An empty context becomes the one token with which texts
   * begin; if the continuation already begins with that token, it is not repeated. Tokens beyond
   * the model's context are cut off on the left.
   *
   * @param context the most tokens that the model reads
   * @param prefix the token before a text without context, see {@link
   *     tare.model.SpecialTokens#prefix}
   * @throws IllegalArgumentException if there is no token to score or none before it, or if the
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

  /**
   * Checks an answer before the long work.
   *
   * @param item names the answer in the message
   * @throws IllegalArgumentException if the continuation alone is too long for the model
   */
  static void requireFits(Request.Continuation request, String item, Checkpoint model) {
    int context = model.config().context();
    String before = PythonText.rstrip(request.context());
    String scored = request.context().substring(before.length()) + request.continuation();
    if (scored.getBytes(StandardCharsets.UTF_8).length <= context) { // a token is a byte at least
      return;
    }
    int tokens = model.tokenizer().encode(scored).length;
    if (tokens > context) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: an answer of %d tokens is longer than the context of %s, %d tokens. Leave the item out, or take another model.",
              item,
              tokens,
              model.path(),
              context));
    }
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

  /** Cuts tokens on the left to the length that the model can read. */
  static EncodedRequest cut(int index, int[] whole, int scoredFrom, int context) {
    if (whole.length - scoredFrom > context) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A continuation of %d tokens is longer than the model's context of %d.",
              whole.length - scoredFrom,
              context));
    }
    int cut = Math.max(0, whole.length - 1 - context);
    return new EncodedRequest(
        index, Arrays.copyOfRange(whole, cut, whole.length), scoredFrom - cut, cut);
  }

  /** The request without its first tokens, which have run already and are not scored. */
  EncodedRequest from(int first) {
    return new EncodedRequest(
        request, Arrays.copyOfRange(tokens, first, tokens.length), scoredFrom - first, cut);
  }

  /** Number of tokens that the model reads. */
  int inputs() {
    return tokens.length - 1;
  }

  /** Length of the common beginning with another request, in tokens that the model reads. */
  int shared(EncodedRequest other) {
    int first = Arrays.mismatch(tokens, 0, inputs(), other.tokens, 0, other.inputs());
    return first < 0 ? inputs() : first;
  }

  /** Orders by tokens, so that requests with a common beginning are neighbours. */
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
