package tare.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.evaluate.Task.EvaluationTokens;
import tare.model.Checkpoint;
import tare.model.TextTokenizer;

/**
 * A task with given choices: the choice that the model finds most probable is its answer.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * MultipleChoice.Item france =
 *     new MultipleChoice.Item(
 *         "france", "The capital of France is", " ", List.of("Paris", "London"), List.of(0));
 * Task capitals = new MultipleChoice("capitals", "1", List.of(france));
 * System.out.println(lab.score(lab.original(), capitals, "acc"));
 * }</pre>
 *
 * <p>Each item has two outcomes that lm-evaluation-harness 0.4 defines. {@code acc} compares the
 * log-likelihoods of the choices; {@code acc_norm} divides them by the number of characters of the
 * choice. The delimiter before a choice is scored but not counted. Of equal choices, the first is
 * the answer.
 *
 * <p>Two further outcomes say in nats how far an answer is from turning, so they show smaller
 * changes than accuracy does. {@code margin} is the log-likelihood of the right choice minus the
 * logarithm of the summed likelihoods of the others; {@code margin_norm} takes log-likelihoods per
 * character. The likelihoods of several right choices are summed, too.
 *
 * <p>{@code answer_kl} says how far the probabilities of the choices are from the original model's:
 * the Kullback-Leibler divergence KL(original ‖ model) in nats, of the likelihoods divided by their
 * sum over the choices. It is there if the model knows its original, see {@link Scorer#against}.
 *
 * <p>Results that were recorded before they existed lack the last two kinds ({@link #LATER}).
 *
 * @param name the task's name in results
 * @param version changes with prompts, items or metrics
 * @param shots number of solved examples in the prompt
 * @param items at least one
 */
public record MultipleChoice(String name, String version, int shots, List<Item> items)
    implements Task {

  /** The metrics that older recordings of the same answers lack. */
  public static final Set<String> LATER = Set.of("margin", "margin_norm", "answer_kl");

  /** Number of items in one call: enough to sort by length, few enough to interrupt. */
  private static final int ITEMS_PER_CALL = 256;

  /**
   * One question.
   *
   * @param id the same in every run, unique within the task
   * @param requests one request for each choice. The choices are continuations of one context;
   *     where a choice fills a blank in the sentence, the choices are in the contexts before one
   *     continuation (partial scoring)
   * @param choices at least two, none empty; {@code acc_norm} counts their characters
   * @param gold indices of the right choices
   */
  public record Item(
      String id, List<Request.Continuation> requests, List<String> choices, List<Integer> gold)
      implements TestItem {

    /**
     * A question with choices after one context.
     *
     * @param context the prompt, without trailing white space
     * @param delimiter text between prompt and choice, usually one space
     */
    public Item(
        String id, String context, String delimiter, List<String> choices, List<Integer> gold) {
      this(
          id,
          choices.stream()
              .map(choice -> new Request.Continuation(context, delimiter + choice))
              .toList(),
          choices,
          gold);
    }

    /** Checks that the item has right and wrong choices. */
    public Item {
      requests = List.copyOf(requests);
      choices = List.copyOf(choices);
      gold = List.copyOf(gold);
      int count = choices.size();
      if (count < 2
          || requests.size() != count
          || choices.contains("")
          || gold.isEmpty()
          || gold.size() == count
          || gold.stream().anyMatch(index -> index < 0 || index >= count)) {
        throw new IllegalArgumentException(
            "Item %s needs two or more choices, none empty, some right and some wrong. Its choices are %s; the right ones are %s."
                .formatted(id, choices, gold));
      }
    }

    @Override
    public String shown() {
      return texts().collect(Collectors.joining("\n"));
    }

    @Override
    public List<String> solved() {
      List<String> texts = texts().toList();
      return gold.stream().map(texts::get).toList();
    }

    private Stream<String> texts() {
      return requests.stream().map(Request.Continuation::text);
    }

    /** Probability that a random guess is right. */
    public double chance() {
      return (double) gold.size() / choices.size();
    }
  }

  /** Copies the list, and checks that it is not empty. */
  public MultipleChoice {
    items = List.copyOf(items);
    if (items.isEmpty()) {
      throw new IllegalArgumentException("The task " + name + " has no items.");
    }
  }

  /** A task without solved examples in the prompt. */
  public MultipleChoice(String name, String version, List<Item> items) {
    this(name, version, 0, items);
  }

  @Override
  public EvaluationTokens tokens(TextTokenizer tokenizer) {
    long read = 0;
    long scored = 0;
    for (Item item : items) {
      Set<String> contexts = new HashSet<>();
      for (Request.Continuation request : item.requests()) {
        if (contexts.add(request.context())) {
          read += tokenizer.encode(request.context()).length;
        }
        scored += tokenizer.encode(request.continuation()).length;
      }
    }
    return new EvaluationTokens(read + scored, scored);
  }

  /** Accuracy of a random guess, averaged over the items. */
  public double chance() {
    return items.stream().mapToDouble(Item::chance).average().orElseThrow();
  }

  /** Accuracy of the best constant answer. A model can reach it by bias, without skill. */
  public double sameAnswer() {
    Map<String, Integer> right = new HashMap<>();
    for (Item item : items) {
      item.gold().stream()
          .map(item.choices()::get)
          .distinct()
          .forEach(answer -> right.merge(answer, 1, Integer::sum));
    }
    return (double) Collections.max(right.values()) / items.size();
  }

  @Override
  public void keep(Original original) {
    for (List<Item> batch : batches()) {
      original.logLikelihoods(requests(batch));
    }
  }

  @Override
  public void requireFits(Checkpoint model) {
    for (Item item : items) {
      item.requests()
          .forEach(
              request ->
                  EncodedRequest.requireFits(
                      request, "item %s of %s".formatted(item.id(), name), model));
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model gives a log-likelihood that is not a number, as a
   *     badly compressed model may
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<Outcome> outcomes = new ArrayList<>(5 * items.size());
    for (List<Item> batch : batches()) {
      List<Request.Continuation> requests = requests(batch);
      double[] scores =
          model.continuations(requests).stream().mapToDouble(Score::logLikelihood).toArray();
      Optional<double[]> originals = model.originals(requests);
      int first = 0;
      for (Item item : batch) {
        int end = first + item.choices().size();
        double[] ofItem = Arrays.copyOfRange(scores, first, end);
        outcomes.addAll(outcomes(item, ofItem));
        if (originals.isPresent()) {
          double kl = divergence(Arrays.copyOfRange(originals.get(), first, end), ofItem);
          outcomes.add(new Outcome(name, item.id(), "answer_kl", kl));
        }
        first = end;
      }
    }
    return outcomes;
  }

  private List<List<Item>> batches() {
    return IntStream.iterate(0, start -> start < items.size(), start -> start + ITEMS_PER_CALL)
        .mapToObj(start -> items.subList(start, Math.min(items.size(), start + ITEMS_PER_CALL)))
        .toList();
  }

  private static List<Request.Continuation> requests(List<Item> batch) {
    return batch.stream().flatMap(item -> item.requests().stream()).toList();
  }

  private List<Outcome> outcomes(Item item, double[] logLikelihoods) {
    if (Arrays.stream(logLikelihoods).anyMatch(Double::isNaN)) {
      throw new IllegalArgumentException(
          "The model's log-likelihoods for item %s of %s are not numbers: %s. %s"
              .formatted(item.id(), name, Arrays.toString(logLikelihoods), Score.REMEDY));
    }
    double[] perCharacter = new double[logLikelihoods.length];
    for (int i = 0; i < perCharacter.length; i++) {
      perCharacter[i] = logLikelihoods[i] / PythonText.length(item.choices().get(i));
    }
    return List.of(
        new Outcome(name, item.id(), "acc", isRight(item, logLikelihoods)),
        new Outcome(name, item.id(), "acc_norm", isRight(item, perCharacter)),
        new Outcome(name, item.id(), "margin", margin(item.gold(), logLikelihoods)),
        new Outcome(name, item.id(), "margin_norm", margin(item.gold(), perCharacter)));
  }

  /** 1 if the first of the largest scores is that of a right choice, else 0. */
  private static int isRight(Item item, double[] scores) {
    int best = 0;
    for (int index = 1; index < scores.length; index++) {
      best = scores[index] > scores[best] ? index : best;
    }
    return item.gold().contains(best) ? 1 : 0;
  }

  /**
   * The logarithm of the summed likelihoods of the right choices minus that of the wrong ones.
   *
   * @param gold indices of the right choices
   * @param scores log-likelihood of each choice
   */
  static double margin(List<Integer> gold, double[] scores) {
    return logSum(scores, gold::contains) - logSum(scores, index -> !gold.contains(index));
  }

  /**
   * The divergence of the choices' probabilities from the original's, in nats.
   *
   * @param original log-likelihood of each choice by the original model
   * @param scores the same by the model
   */
  static double divergence(double[] original, double[] scores) {
    double ofOriginal = logSum(original, index -> true);
    double ofModel = logSum(scores, index -> true);
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      double logProbability = original[i] - ofOriginal;
      sum += Math.exp(logProbability) * (logProbability - (scores[i] - ofModel));
    }
    return Math.max(0, sum); // rounding gives equal models a sum just below 0
  }

  private static double logSum(double[] scores, IntPredicate taken) {
    double[] some =
        IntStream.range(0, scores.length).filter(taken).mapToDouble(i -> scores[i]).toArray();
    double largest = Arrays.stream(some).max().orElseThrow();
    return Double.isInfinite(largest)
        ? largest
        : largest + Math.log(Arrays.stream(some).map(x -> Math.exp(x - largest)).sum());
  }
}
