package tare.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InventedCorporaTest {

  @TempDir private Path folder;

  @Test
  void theSixCorporaHaveTheNamesOfTheRealOnesAndDifferInKind() throws IOException {
    InventedCorpora.write(folder);
    Set<String> before = new HashSet<>();
    for (CorpusRule rule : CorpusRule.ALL) {
      assertThat(CorpusFile.read(rule.in(folder), Side.HELD_BACK).content()).hasSizeGreaterThan(5);
      CorpusFile corpus = CorpusFile.read(rule.in(folder), Side.TRAIN);
      assertThat(corpus.content()).hasSizeGreaterThan(100);
      Set<String> words = new TreeSet<>();
      corpus.documents().forEach(d -> words.addAll(Set.of(d.text().split("\\s+")[0])));
      corpus
          .documents()
          .forEach(d -> assertThat(d.text().split("\\s+").length).isBetween(100, 300));
      // Only news and encyclopedia may begin with one word, a person's name.
      words.removeIf(word -> word.matches("[A-Z][a-z]+") && rule.corpus().equals("encyclopedia"));
      assertThat(words).doesNotContainAnyElementsOf(before);
      before.addAll(words);
    }
  }

  @Test
  void comesOutTheSameEveryTime() throws IOException {
    InventedCorpora.write(folder.resolve("a"));
    InventedCorpora.write(folder.resolve("b"));
    for (String file : new String[] {"corpora/code.jsonl", "bigbench/social_iqa/task.json"}) {
      assertThat(Sha256.of(folder.resolve("a").resolve(file)))
          .isEqualTo(Sha256.of(folder.resolve("b").resolve(file)));
    }
  }
}
