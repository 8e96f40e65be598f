package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.evaluate.LanguageModel.GeneratedText;

class RememberedScoresTest {

  @TempDir private Path folder;

  /** Scores a request by its length; stops after some calls, as a killed process does. */
  private static final class Countdown implements LanguageModel {
    private final List<String> asked = new ArrayList<>();
    private int calls;

    Countdown(int calls) {
      this.calls = calls;
    }

    private void call() {
      if (calls-- == 0) {
        throw new CancellationException("killed");
      }
    }

    @Override
    public List<Score> continuations(List<Request.Continuation> requests) {
      call();
      requests.forEach(each -> asked.add(each.continuation()));
      return requests.stream()
          .map(each -> new Score(-each.continuation().length() / 3.0, true, 2, 1))
          .toList();
    }

    @Override
    public List<Score> texts(List<Request.WholeText> requests) {
      call();
      requests.forEach(each -> asked.add(each.text()));
      return requests.stream().map(each -> new Score(-each.text().length(), false, 3)).toList();
    }

    @Override
    public List<GeneratedText> generations(List<Request.Generate> requests) {
      call();
      requests.forEach(each -> asked.add(each.context()));
      return requests.stream()
          .map(
              each -> new GeneratedText(each.context() + "\n!", each.context().equals("c") ? 2 : 0))
          .toList();
    }

    @Override
    public List<Score> windows(String text, int window, int windows) {
      call();
      asked.add(text);
      return List.of(new Score(-1, false, window), new Score(-2, false, window));
    }
  }

  private static List<Request.Continuation> requests(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Request.Continuation("context", " " + i))
        .toList();
  }

  private List<Score> run(Countdown model, int count) {
    try (RememberedScores scores = RememberedScores.open(model, "weights 1", folder)) {
      return scores.continuations(requests(count));
    }
  }

  @Test
  void anInterruptedEvaluationGoesOnWhereItStopped() {
    assertThatThrownBy(() -> run(new Countdown(2), 600)).hasMessage("killed");

    Countdown second = new Countdown(100);
    List<Score> scores = run(second, 600);
    assertThat(second.asked).hasSize(600 - 2 * 256).first().isEqualTo(" 512");
    assertThat(scores).isEqualTo(new Countdown(1).continuations(requests(600)));

    Countdown third = new Countdown(0);
    assertThat(run(third, 600)).isEqualTo(scores);
  }

  @Test
  void aLineThatWasHalfWrittenIsAskedForAgain() throws IOException {
    run(new Countdown(1), 3);
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() - 9));

    Countdown again = new Countdown(1);
    assertThat(run(again, 3)).hasSize(3);
    assertThat(again.asked).containsExactly(" 2");
    assertThat(Files.readString(file)).isEqualTo(whole);
  }

  @Test
  void aLineThatEndsInsideACharacterIsAskedForAgain() throws IOException {
    List<Request.Generate> requests =
        List.of(
            new Request.Generate("a", List.of(), 3), new Request.Generate("3 × 4", List.of(), 3));
    try (RememberedScores scores = RememberedScores.open(new Countdown(1), "w", folder)) {
      scores.generations(requests);
    }
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(file);
    int end = whole.length - 1;
    while (whole[end] >= 0) { // the second byte of the last sign outside ASCII
      end--;
    }
    Files.write(file, Arrays.copyOf(whole, end));
    Countdown again = new Countdown(1);
    try (RememberedScores scores = RememberedScores.open(again, "w", folder)) {
      assertThat(scores.generations(requests).get(1).text()).isEqualTo("3 × 4\n!");
    }
    assertThat(again.asked).containsExactly("3 × 4");
    assertThat(Files.readAllBytes(file)).isEqualTo(whole);
  }

  @Test
  void otherWeightsHaveOtherAnswersAndTheContextCounts() {
    run(new Countdown(1), 2);
    Countdown other = new Countdown(1);
    try (RememberedScores scores = RememberedScores.open(other, "weights 2", folder)) {
      scores.continuations(requests(2));
    }
    assertThat(other.asked).hasSize(2);

    Countdown same = new Countdown(1);
    try (RememberedScores scores = RememberedScores.open(same, "weights 1", folder)) {
      scores.continuations(List.of(new Request.Continuation("another context", " 0")));
    }
    assertThat(same.asked).hasSize(1);
  }

  @Test
  void textsAndWindowsAreRememberedAndCutRequestsCounted() {
    Countdown model = new Countdown(3);
    List<Request.WholeText> texts = List.of(new Request.WholeText("a"));
    List<Score> first = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (RememberedScores scores = RememberedScores.open(model, "weights", folder)) {
        List<Score> all = new ArrayList<>(scores.texts(texts));
        all.addAll(scores.windows("b", 8, 2));
        all.addAll(scores.continuations(requests(2)));
        assertThat(scores.truncated()).isEqualTo(2);
        first.addAll(first.isEmpty() ? all : List.of());
        assertThat(all).isEqualTo(first).hasSize(5);
      }
    }
    RememberedScores.forget("weights", folder);
    assertThat(folder).doesNotExist();
  }

  @Test
  void whatWasWrittenIsRemembered() {
    Countdown model = new Countdown(1);
    List<Request.Generate> requests =
        List.of(
            new Request.Generate("a", List.of("b"), 3), new Request.Generate("c", List.of(), 3));
    for (int i = 0; i < 2; i++) {
      try (RememberedScores scores = RememberedScores.open(model, "weights", folder)) {
        assertThat(scores.generations(requests))
            .containsExactly(new GeneratedText("a\n!", 0), new GeneratedText("c\n!", 2));
        assertThat(scores.truncated()).as("prompts that were cut").isEqualTo(1);
      }
    }
    assertThat(model.asked).containsExactly("a", "c");
  }
}
