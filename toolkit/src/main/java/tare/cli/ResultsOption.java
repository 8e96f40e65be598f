package tare.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import tare.study.Study;

/** The option {@code --results} of every command that reads or writes a study's results. */
final class ResultsOption {

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "the folder of results (default: results/<study> in the data folder)")
  private Path folder;

  /** The folder of a study's results. */
  Path folder(Study study, DataOption data) {
    return folder(study.name(), data);
  }

  /** The folder that the user gave, or the folder of this name in the data folder. */
  Path folder(String name, DataOption data) {
    return folder == null ? data.folder().resolve("results").resolve(name) : folder;
  }
}
