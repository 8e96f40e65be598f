package tare.data.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Document;
import tare.data.Sha256;

/** The rules of the default corpora, on invented files of the same form. */
class ExtractionTest {

  @TempDir private Path folder;

  private Map<String, String> texts(String corpus, String examples) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("task.json"),
            "{\"name\": \"t\", \"keywords\": [\"k\"], \"examples\": [" + examples + "], \"n\": 1}");
    return rule(corpus).extraction().texts(file);
  }

  private static CorpusRule rule(String corpus) {
    return CorpusRule.ALL.stream().filter(r -> r.corpus().equals(corpus)).findFirst().orElseThrow();
  }

  @Test
  void newsLosesWhatIsNoText() throws IOException {
    assertThat(
            texts(
                "news",
                "{\"input\": \"8 March 2016 Last updated at 17:25 GMT\\nA.\\n"
                    + "Media playback is not supported on this device\\nB.\", \"target\": \"T\"}"))
        .containsExactly(Map.entry("xsum-00000", "A.\nB."));
  }

  @Test
  void howToLosesPictures() throws IOException {
    assertThat(
            texts(
                "how-to",
                "{\"input\": \"Cut. {\\\"smallUrl\\\":\\\"h\\\",\\\"w\\\":1} Stir.\", \"target\": \"\"}"))
        .containsExactly(Map.entry("wikilingua-00000", "Cut.  Stir."));
  }

  @Test
  void encyclopediaIsThePassageAlone() throws IOException {
    assertThat(
            texts(
                "encyclopedia",
                "{\"input\": \"Passage: Rome is old.\\nIt is large. \\nQuestion: How old?\\nx\"}"))
        .containsExactly(Map.entry("quoref-00000", "Rome is old.\nIt is large."));
  }

  @Test
  void dialogueIsTheLongestExampleOfAConversation() throws IOException {
    assertThat(
            texts(
                "dialogue",
                "{\"input\": \"agent_A: \\\"Hi.\\\"\", \"target\": \"\\\"Oh \\\"you\\\".\\\"\","
                    + " \"comment\": \"c1\"},"
                    + "{\"input\": \"agent_B: \\\"Hi.\\\" agent_A: \\\"Oh \\\"you\\\". \\\"\","
                    + " \"target\": \"\\\"Bye.\\\"\", \"comment\": \"c1\"}"))
        .containsExactly(Map.entry("c1", "B: Hi.\nA: Oh \"you\".\nB: Bye."));
  }

  @Test
  void mathematicsEndsInTheAnswer() throws IOException {
    assertThat(
            texts(
                "mathematics",
                "{\"input\": \"what is 120 % of 50 ?\\nmultiply 50 by 1.2, \","
                    + " \"target_scores\": {\"5\": 0, \"60\": 1}}"))
        .containsExactly(
            Map.entry("mathqa-00000", "what is 120% of 50?\nmultiply 50 by 1.2\nanswer: 60"));
  }

  @Test
  void codeLosesTheLicenceAndComesInFixedOrder() throws IOException {
    Path jar = folder.resolve("x.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String name : List.of("p/B.java", "p/package-info.java", "p/A.java", "META-INF/x")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(
            ("/*\n * Licensed, package wise.\n */\r\npackage p;\r\n// " + name)
                .getBytes(StandardCharsets.UTF_8));
      }
    }
    assertThat(rule("code").extraction().texts(jar))
        .containsExactly(
            Map.entry("p/A.java", "package p;\n// p/A.java"),
            Map.entry("p/B.java", "package p;\n// p/B.java"));
  }

  @Test
  void buildingTwiceGivesTheSameBytesAndCountsAnEqualTextOnce() throws IOException {
    CorpusRule rule =
        new CorpusRule("c", List.of("t.json"), new Extraction.Inputs("t", "\\["), 3, 10);
    Files.writeString(
        folder.resolve("t.json"),
        "{\"examples\": [{\"input\": \"first\"}, {\"input\": \"[first \"}, {\"input\": \"no\"},"
            + " {\"input\": \"much too long\"}, {\"input\": \"other\"}]}");
    assertThat(rule.build(folder))
        .containsExactly(
            new Document("t-00000", "c", "first"), new Document("t-00004", "c", "other"));
    String once = Sha256.hexOfFile(rule.file(folder));
    rule.build(folder);
    assertThat(Sha256.hexOfFile(rule.file(folder))).isEqualTo(once);
  }

  @Test
  void refusesAFileOfAnotherForm() throws IOException {
    Path file = Files.writeString(folder.resolve("task.json"), "{\"name\": \"t\"}");
    assertThatThrownBy(() -> rule("news").extraction().texts(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no field 'examples'");
    Files.writeString(file, "{\"examples\": [{\"input\": \"a\"}, {\"inp");
    assertThatThrownBy(() -> rule("news").extraction().texts(file))
        .hasMessageContaining("task.json is damaged or incomplete")
        .hasMessageContaining("fetch it again");
    Path jar = Files.writeString(folder.resolve("x.jar"), "PK, and no more");
    assertThatThrownBy(() -> rule("code").extraction().texts(jar))
        .hasMessageContaining("x.jar is damaged or incomplete");
    assertThatThrownBy(() -> rule("news").build(folder)).hasMessageContaining("is missing");
  }
}
