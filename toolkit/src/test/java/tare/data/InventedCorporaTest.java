package tare.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.chat.ChatText;
import tare.chat.Count;
import tare.data.fetch.CorpusRule;

class InventedCorporaTest {

  @TempDir private Path folder;

  @Test
  void theCorporaHaveTheNamesOfTheRealOnesAndWordsOfTheirOwn() throws IOException {
    InventedCorpora.write(folder);
    List<Set<String>> vocabularies = new ArrayList<>();
    for (CorpusRule rule : CorpusRule.ALL) {
      ChatWriter plain = new ChatText(Optional.empty(), "", Count.ALL);
      assertThat(CorpusFile.read(rule.file(folder), CorpusSide.HELD_BACK, "text", plain).content())
          .hasSizeGreaterThan(5);
      if (rule.messages() || rule.corpus().startsWith("how-to-")) {
        continue; // these repeat the words of another corpus
      }
      Set<String> vocabulary = new HashSet<>();
      for (Document document : CorpusFile.read(rule.file(folder), CorpusSide.TRAIN).content()) {
        List<String> words = List.of(document.text().split("\\s+", -1));
        assertThat(words.size()).isBetween(100, 300);
        words.stream().filter(word -> word.matches("[a-z]+")).forEach(vocabulary::add);
      }
      for (Set<String> other : vocabularies) {
        long shared = vocabulary.stream().filter(other::contains).count();
        assertThat(2 * shared).isLessThan(vocabulary.size() + other.size() - shared);
      }
      vocabularies.add(vocabulary);
    }
  }

  @Test
  void comesOutTheSameEveryTime() throws IOException {
    InventedCorpora.write(folder.resolve("a"));
    InventedCorpora.write(folder.resolve("b"));
    for (String file : new String[] {"corpora/code.jsonl", "bigbench/social_iqa/task.json"}) {
      assertThat(Sha256.hexOfFile(folder.resolve("a").resolve(file)))
          .isEqualTo(Sha256.hexOfFile(folder.resolve("b").resolve(file)));
    }
  }
}
