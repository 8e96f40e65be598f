package tare.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tare.chat.ChatText;
import tare.chat.Count;
import tare.data.CalibrationSet;
import tare.data.ChatWriter;
import tare.data.CorpusFile;
import tare.data.TextFile;
import tare.model.Checkpoint;
import tare.model.generation.ChatTemplate;

/** The options of commands that read conversations. */
final class ChatOptions {

  private static final String MODEL = "model";
  private static final String NONE = "none";

  @Option(
      names = "--template",
      paramLabel = "model|none|FILE",
      defaultValue = MODEL,
      description =
          "how rows that are conversations become text: with the model's chat template, without"
              + " one, or with the Jinja template of a file")
  private String template;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "system message of the conversations that have none")
  private String system;

  @Option(
      names = "--count",
      converter = CountConverter.class,
      defaultValue = "all",
      paramLabel = "WHAT",
      description =
          "which tokens of conversations count: all; assistant (its answers and what ends them);"
              + " content (all turns without the template); answers (the assistant's contents)."
              + " The others run through the model, but have the weight 0. Windows in which nothing"
              + " beyond the first token counts are passed over")
  private Count count;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether only a part of the tokens may count. */
  boolean countsSome() {
    return count != Count.ALL;
  }

  /**
   * How conversations are written for a model; empty if the model's template is asked for and it
   * has none.
   *
   * @throws IOException if the file of a template cannot be read
   */
  Optional<ChatText> of(Checkpoint checkpoint) throws IOException {
    if (template.equals(NONE)) {
      return Optional.of(new ChatText(Optional.empty(), system, count));
    }
    Optional<ChatTemplate> chosen =
        template.equals(MODEL)
            ? ChatTemplate.of(checkpoint, ChatTemplate.DAY)
            : Optional.of(ofFile(Path.of(template), checkpoint));
    return chosen.map(text -> new ChatText(Optional.of(text), system, count));
  }

  /** The template of a file, with the special tokens of the model. */
  private static ChatTemplate ofFile(Path file, Checkpoint checkpoint) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "--template " + file + ": there is no such file. Give model, none or a Jinja file.");
    }
    return ChatTemplate.of(checkpoint, file, TextFile.read(file), ChatTemplate.DAY);
  }

  /** Says how much of a set the template wrote, and how much of it counts. */
  static String shares(String name, CalibrationSet set) {
    return String.format(
        Locale.ROOT,
        "%s: the template wrote %.1f %% of the tokens, and %.1f %% of the tokens count",
        name,
        100 * set.templateShare(),
        100 * set.countedShare());
  }

  /** Writes conversations, or refuses them if the model has no template. */
  static ChatWriter writer(Optional<ChatText> chat) {
    return (record, id, source) ->
        chat.orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the model has no chat template. Give one with --template FILE, or write"
                            + " the contents alone with --template none"))
            .write(record, id, source);
  }

  /**
   * Checks that an option for conversations has something to act on.
   *
   * @throws IllegalArgumentException if one was given, and no row of the corpora is a conversation
   */
  void requireUsed(List<CorpusFile> corpora) {
    for (String option : List.of("--template", "--system", "--count")) {
      if (command.commandLine().getParseResult().hasMatchedOption(option)
          && corpora.stream().allMatch(corpus -> corpus.conversations() == 0)) {
        throw new IllegalArgumentException(
            "%s says how conversations are read, and there are none: the rows have the field '%s', or no field that tells a conversation (messages, conversations, instruction and output, prompt and completion). Rows that have both are read as conversations where --field names a field that they lack."
                .formatted(option, corpora.get(0).field()));
      }
    }
  }

  /** Reads {@code answers} as ANSWERS. */
  static final class CountConverter implements ITypeConverter<Count> {
    @Override
    public Count convert(String value) {
      try {
        return Count.valueOf(value.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "'" + value + "' is not all, assistant, content or answers.");
      }
    }
  }
}
