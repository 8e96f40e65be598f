package tare.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Invented text in the layout of {@code data/fetched}, so that tests need no download: six corpora
 * that differ clearly in kind, and tasks named like real ones. The same at every call.
 */
public final class InventedCorpora {

  /** Documents in each corpus, both sides together. */
  public static final int DOCUMENTS = 150;

  /** Items in each task, both sides together. */
  public static final int ITEMS = 120;

  private static final String[] PEOPLE = {
    "Anna", "Boris", "Clara", "David", "Emma", "Felix", "Greta", "Henry", "Irene", "Jonas"
  };
  private static final String[] PLACES = {
    "Alder Bay", "Brook End", "Castle Hill", "Dunmore", "Eastfield", "Fernley", "Glenwood"
  };
  private static final String[] THINGS = {
    "bridge", "library", "garden", "school", "harbour", "station", "market", "mill", "theatre"
  };
  private static final String[] TOOLS = {
    "a wooden spoon", "a sharp knife", "a soft brush", "a dry cloth", "a small pan", "a screwdriver"
  };
  private static final String[] TOPICS = {
    "football", "the weather", "old films", "cooking", "cats", "trains", "jazz", "gardens"
  };
  private static final String[] VERBS = {"add", "count", "find", "merge", "remove", "sort"};

  private InventedCorpora() {}

  /**
   * Writes {@code corpora/<name>.jsonl} and {@code bigbench/<task>/task.json} below a folder.
   *
   * @throws IOException if they cannot be written
   */
  public static void write(Path folder) throws IOException {
    corpus(folder, "news", 1, InventedCorpora::news);
    corpus(folder, "how-to", 2, InventedCorpora::howTo);
    corpus(folder, "dialogue", 3, InventedCorpora::dialogue);
    corpus(folder, "encyclopedia", 4, InventedCorpora::encyclopedia);
    corpus(folder, "mathematics", 5, InventedCorpora::mathematics);
    corpus(folder, "code", 6, InventedCorpora::code);
    for (String language : List.of("de", "es", "ru", "zh", "ar")) {
      corpus(folder, "how-to-" + language, language.hashCode(), InventedCorpora::howTo);
    }
    chat(folder);
    task(folder, "social_iqa", 7, InventedCorpora::feeling);
    task(folder, "strategyqa", 8, InventedCorpora::comparison);
    task(folder, "goal_step_wikihow/goal_inference", 9, InventedCorpora::goal);
    task(folder, "goal_step_wikihow/step_inference", 10, InventedCorpora::goal);
    task(folder, "movie_recommendation", 11, InventedCorpora::comparison);
  }

  private static void corpus(
      Path folder, String name, long seed, Function<RandomGenerator, String> sentence)
      throws IOException {
    RandomGenerator random = new SplittableRandom(seed);
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      StringBuilder text = new StringBuilder();
      int words = 100 + random.nextInt(150);
      while (text.toString().split("\\s+").length < words) {
        text.append(sentence.apply(random));
      }
      documents.add(new Document(name + "-" + i, name, text.toString().strip()));
    }
    JsonLines.write(folder.resolve("corpora").resolve(name + ".jsonl"), documents);
  }

  private static void chat(Path folder) throws IOException {
    RandomGenerator random = new SplittableRandom(12);
    List<Map<String, Object>> talks = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      List<Map<String, Object>> messages = new ArrayList<>();
      for (int turn = 0; turn < 6; turn++) {
        messages.add(
            Map.of(
                "role",
                turn % 2 == 0 ? "user" : "assistant",
                "content",
                dialogue(random).strip() + " " + howTo(random).strip()));
      }
      talks.add(Map.of("id", "chat-" + i, "source", "chat", "messages", messages));
    }
    JsonLines.writeObjects(folder.resolve("corpora/chat.jsonl"), talks);
  }

  private static String one(RandomGenerator random, String... of) {
    return of[random.nextInt(of.length)];
  }

  private static String news(RandomGenerator random) {
    return String.format(
        Locale.ROOT,
        "%s said on Monday that the %s in %s would close for %d weeks, at a cost of £%d million. %s",
        one(random, PEOPLE),
        one(random, THINGS),
        one(random, PLACES),
        2 + random.nextInt(9),
        1 + random.nextInt(40),
        one(
            random,
            "Residents were surprised by the decision.\n",
            "The council did not comment.\n",
            "A report is expected next month. ",
            "It was built more than a century ago. "));
  }

  private static String howTo(RandomGenerator random) {
    return String.format(
        Locale.ROOT,
        "%s %s and wait for %d minutes. %s ",
        one(random, "Take", "Clean the surface with", "Hold", "Put away"),
        one(random, TOOLS),
        1 + random.nextInt(30),
        one(
            random,
            "Make sure that your hands are dry.",
            "You can ask a friend to help you.",
            "If it does not work, start again from the beginning.",
            "Do not press too hard, or you may damage it."));
  }

  private static String dialogue(RandomGenerator random) {
    String topic = one(random, TOPICS);
    return String.format(
        "A: %s %s?\nB: %s %s.\n",
        one(random, "Hi! Do you like", "Did you hear about", "What do you think of"),
        topic,
        one(
            random,
            "Yes, I really love",
            "Not much, but my friend likes",
            "Haha, who doesn't like"),
        topic);
  }

  private static String encyclopedia(RandomGenerator random) {
    int year = 1500 + random.nextInt(450);
    return String.format(
        Locale.ROOT,
        "%s (%d–%d) was an architect from %s, best known for the %s of %s, completed in %d. ",
        one(random, PEOPLE),
        year,
        year + 50 + random.nextInt(30),
        one(random, PLACES),
        one(random, THINGS),
        one(random, PLACES),
        year + 40);
  }

  private static String mathematics(RandomGenerator random) {
    int a = 2 + random.nextInt(90);
    int b = 2 + random.nextInt(90);
    return String.format(
        Locale.ROOT,
        """
        %s has %d apples and buys %d boxes of 12. how many apples are there in all?
        multiply %d by 12, add %d to the result.
        answer: %d
        """,
        one(random, PEOPLE).toLowerCase(Locale.ROOT),
        a,
        b,
        b,
        a,
        a + 12 * b);
  }

  private static String code(RandomGenerator random) {
    String verb = one(random, VERBS);
    return String.format(
        Locale.ROOT,
        """
            /**
             * Tries to %s.
             *
             * @param values the values, not null
             */
            public static int %sAll(final int[] values) {
                int result = 0;
                for (final int value : values) {
                    if (value > %d) {
                        result += value;
                    }
                }
                return result;
            }

        """,
        verb,
        verb,
        random.nextInt(100));
  }

  /** A question and its choices, the right one first. */
  private record Item(String input, List<String> choices) {}

  private static void task(
      Path folder, String name, long seed, Function<RandomGenerator, Item> invent)
      throws IOException {
    RandomGenerator random = new SplittableRandom(seed);
    Map<String, Map<String, Object>> examples = new LinkedHashMap<>();
    while (examples.size() < ITEMS) {
      Item item = invent.apply(random);
      List<String> order = new ArrayList<>(item.choices());
      Collections.rotate(order, random.nextInt(order.size()));
      Map<String, Integer> scores = new LinkedHashMap<>();
      for (String choice : order) {
        scores.put(choice, choice.equals(item.choices().get(0)) ? 1 : 0);
      }
      examples.put(item.input(), Map.of("input", item.input(), "target_scores", scores));
    }
    Map<String, Object> task = new LinkedHashMap<>();
    task.put("name", name);
    task.put("description", "Invented items for tests");
    task.put("keywords", List.of("multiple choice"));
    task.put("metrics", List.of("multiple_choice_grade"));
    task.put("preferred_score", "multiple_choice_grade");
    task.put("append_choices_to_input", false);
    task.put("examples", List.copyOf(examples.values()));
    Path file = folder.resolve("bigbench").resolve(name).resolve("task.json");
    Files.createDirectories(file.getParent());
    new ObjectMapper().writeValue(file.toFile(), task);
  }

  private static Item feeling(RandomGenerator random) {
    boolean good = random.nextBoolean();
    return new Item(
        String.format(
            "%s %s a ticket for the %s in %s. How does %s feel? ",
            one(random, PEOPLE),
            good ? "won" : "lost",
            one(random, THINGS),
            one(random, PLACES),
            one(random, "this person", "the friend")),
        good ? List.of("Happy", "Sad", "Sleepy") : List.of("Sad", "Happy", "Sleepy"));
  }

  private static Item comparison(RandomGenerator random) {
    int a = random.nextInt(1000);
    int b = random.nextInt(1000);
    return new Item(
        "Is " + a + " greater than " + b + "?",
        a > b ? List.of("Yes", "No") : List.of("No", "Yes"));
  }

  private static Item goal(RandomGenerator random) {
    List<String> goals = List.of("Cook a Soup", "Paint a Wall", "Repair a Bicycle", "Train a Cat");
    List<String> objects = List.of("pot", "brush", "wheel", "treat");
    int right = random.nextInt(goals.size());
    List<String> choices = new ArrayList<>(goals);
    Collections.rotate(choices, -right);
    return new Item(
        String.format(
            Locale.ROOT,
            "The most reasonable goal of 'Hold the %s with %s for %d minutes' is ",
            objects.get(right),
            one(random, TOOLS),
            1 + random.nextInt(60)),
        choices);
  }
}
