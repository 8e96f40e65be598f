package tare.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a pool in a study file. It says all that makes the pool:
 *
 * <ul>
 *   <li>{@code news}: a corpus;
 *   <li>{@code news+code}: two corpora, joined;
 *   <li>{@code news:0.75+code:0.25}: a mixture, of which each corpus gives its share of the
 *       samples;
 *   <li>{@code chat?template=none&count=answers}: a corpus of conversations, with the settings of
 *       the options {@code --template} (model or none) and {@code --count};
 *   <li>{@code chat?count=answers&vote=sample}: with the setting of {@code --vote}, which all
 *       corpora of a pool share.
 * </ul>
 *
 * @param parts the corpora, in order
 */
public record PoolName(List<Part> parts) {

  private static final Pattern PART = Pattern.compile("([^?:+]+)(?:\\?([^?:+]*))?(?::([0-9.]+))?");

  /**
   * A corpus of a pool.
   *
   * @param corpus its name
   * @param template whether the model's template writes its conversations
   * @param count which tokens of its conversations count
   * @param oneVote whether the weights of each sample sum to 1
   * @param share its share of the samples; empty if the corpora are joined
   */
  public record Part(
      String corpus, boolean template, Count count, boolean oneVote, Optional<Double> share) {

    /** Whether another part has the same documents in the same form. */
    private boolean isLike(Part other) {
      return corpus.equals(other.corpus) && template == other.template && count == other.count;
    }
  }

  /** Copies the list. */
  public PoolName {
    parts = List.copyOf(parts);
  }

  /**
   * Reads a name.
   *
   * @throws IllegalArgumentException if the name has another form
   */
  public static PoolName parse(String name) {
    List<Part> parts = new ArrayList<>();
    for (String each : name.split("\\+", -1)) {
      Matcher part = PART.matcher(each);
      if (!part.matches()) {
        throw wrong(name, "'" + each + "' is not a corpus, such as news or chat?count=answers");
      }
      parts.add(part(name, part));
    }
    long shares = parts.stream().filter(part -> part.share.isPresent()).count();
    if (shares > 0 && shares < parts.size()) {
      throw wrong(name, "give each corpus a share, or none");
    }
    long votes = parts.stream().filter(part -> part.oneVote).count();
    if (votes > 0 && votes < parts.size()) {
      throw wrong(name, "give each corpus vote=sample, or none: a set is weighted as a whole");
    }
    for (Part part : parts) {
      if (shares > 0 && parts.stream().filter(part::isLike).count() > 1) {
        throw wrong(
            name, part.corpus + " has two shares. Name it once, with the sum of the shares");
      }
    }
    return new PoolName(parts);
  }

  private static Part part(String name, Matcher part) {
    boolean template = true;
    Count count = Count.ALL;
    boolean oneVote = false;
    String settings = part.group(2);
    for (String setting : settings == null ? new String[0] : settings.split("&", -1)) {
      switch (setting) {
        case "template=model" -> template = true;
        case "template=none" -> template = false;
        case "count=all" -> count = Count.ALL;
        case "count=assistant" -> count = Count.ASSISTANT;
        case "count=content" -> count = Count.CONTENT;
        case "count=answers" -> count = Count.ANSWERS;
        case "vote=token" -> oneVote = false;
        case "vote=sample" -> oneVote = true;
        default ->
            throw wrong(
                name,
                "'%s' is none of template=model, template=none, vote=token, vote=sample and count=%s"
                    .formatted(
                        setting,
                        String.join(
                            ", count=",
                            Arrays.stream(Count.values())
                                .map(each -> each.name().toLowerCase(Locale.ROOT))
                                .toList())));
      }
    }
    Optional<Double> share =
        Optional.ofNullable(part.group(3))
            .map(
                number -> {
                  try {
                    return Double.parseDouble(number);
                  } catch (NumberFormatException e) {
                    throw wrong(name, "'" + number + "' is not a share");
                  }
                });
    return new Part(part.group(1), template, count, oneVote, share);
  }

  private static IllegalArgumentException wrong(String name, String what) {
    return new IllegalArgumentException("the pool '%s': %s".formatted(name, what));
  }

  /** The shares of the corpora; empty if they are joined. */
  public List<Double> shares() {
    return parts.stream().flatMap(part -> part.share.stream()).toList();
  }

  /**
   * The share of the samples that a corpus gives, 0 to 1.
   *
   * @param corpus its name
   * @throws IllegalArgumentException if several corpora are joined without shares
   */
  public double share(String corpus) {
    if (parts.size() > 1 && !isMixture()) {
      throw new IllegalArgumentException(
          "the corpora %s are joined without shares, so %s has none"
              .formatted(parts.stream().map(Part::corpus).toList(), corpus));
    }
    return parts.stream()
        .filter(part -> part.corpus.equals(corpus))
        .mapToDouble(part -> part.share.orElse(1.0))
        .sum();
  }

  /** Whether each sample has one vote: the weights of its tokens sum to 1. */
  public boolean isOneVoteEach() {
    return parts.get(0).oneVote;
  }

  /** Whether the corpora give shares of the samples. */
  public boolean isMixture() {
    return parts.get(0).share.isPresent();
  }
}
