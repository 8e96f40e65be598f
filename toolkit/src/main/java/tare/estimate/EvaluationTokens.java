package tare.estimate;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Perplexity;
import tare.evaluate.Request;
import tare.evaluate.Task;
import tare.evaluate.TestItem;
import tare.model.TextTokenizer;

/**
 * How much a task runs through a model.
 *
 * @param read tokens; what requests begin with alike counts once
 * @param scored tokens whose probability is asked for
 */
record EvaluationTokens(long read, long scored) {

  /** Of all requests of a task. */
  static EvaluationTokens of(Task task, TextTokenizer tokenizer) {
    if (task instanceof Perplexity text) {
      long windows = Math.min(text.windows(), tokenizer.encode(text.text()).length / text.window());
      return new EvaluationTokens(windows * text.window(), windows * text.window());
    }
    if (task instanceof MultipleChoice choice) {
      return of(choice, tokenizer);
    }
    long tokens = TestItem.solved(task).mapToLong(text -> tokenizer.encode(text).length).sum();
    return new EvaluationTokens(tokens, tokens);
  }

  private static EvaluationTokens of(MultipleChoice choice, TextTokenizer tokenizer) {
    long read = 0;
    long scored = 0;
    for (MultipleChoice.Item item : choice.items()) {
      Set<String> contexts = new HashSet<>();
      List<Request.Continuation> requests = item.requests();
      for (Request.Continuation request : requests) {
        if (contexts.add(request.context())) {
          read += tokenizer.encode(request.context()).length;
        }
        scored += tokenizer.encode(request.continuation()).length;
      }
    }
    return new EvaluationTokens(read + scored, scored);
  }
}
