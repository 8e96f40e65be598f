package tare.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option {@code --data} of every command that names models, corpora or tasks. */
final class DataOption {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "the data folder")
  private Path folder;

  /** The folder. */
  Path folder() {
    return folder;
  }
}
