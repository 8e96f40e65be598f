package tare.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import tare.data.ChatWriter;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.RowFile;
import tare.data.TextFile;
import tare.data.Windows;

/** The option {@code --field} of every command that reads a corpus. */
final class FieldOption {

  @Option(
      names = "--field",
      paramLabel = "NAME",
      defaultValue = "text",
      description =
          "the field that holds the text in each row; a.b names the field b of the object a")
  private String field;

  /**
   * Reads a corpus, and says what was left out.
   *
   * @param writer writes the rows that hold conversations
   * @throws IOException if the file cannot be read
   */
  CorpusFile read(Path file, CorpusSide side, ChatWriter writer, PrintWriter print)
      throws IOException {
    CorpusFile corpus = CorpusFile.read(file, side, field, writer);
    corpus.remarks().forEach(print::println);
    print.flush();
    return corpus;
  }

  /**
   * Reads a text: plain text as it stands, and the documents of a corpus with blank lines between
   * them.
   *
   * @throws IOException if the file cannot be read
   */
  String text(Path file, PrintWriter print) throws IOException {
    return Files.isDirectory(file) || RowFile.holdsRows(file)
        ? read(file, CorpusSide.ALL, ChatWriter.REFUSED, print)
            .documents()
            .map(Document::text)
            .collect(Collectors.joining(Windows.JOINT))
        : TextFile.read(file);
  }
}
