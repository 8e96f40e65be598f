package tare.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import tare.study.Study;
import tare.study.TrialFiles;

/** The option {@code --results} of every command that reads or writes a study's results. */
final class ResultsOption {

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description =
          "the folder of the run (default: runs/<study> in the data folder); with this"
              + " option, results/<study> in the data folder is ignored")
  private Path folder;

  /** The folder of a study's run. */
  Path run(Study study, DataOption data) {
    return run(study.name(), data);
  }

  /** The folder that the user gave, or the folder of this name in the data folder. */
  Path run(String name, DataOption data) {
    return folder == null ? data.folder().resolve("runs").resolve(name) : folder;
  }

  /** The published results of a study, unless the user gave a folder. */
  TrialFiles published(Study study, DataOption data) {
    return folder == null ? TrialFiles.in(publishedFolder(study, data)) : TrialFiles.in();
  }

  /** All results of a study: those in the folder of a run, and the published ones. */
  TrialFiles all(Path run, Study study, DataOption data) {
    return folder == null ? TrialFiles.in(run, publishedFolder(study, data)) : TrialFiles.in(run);
  }

  /** The folder in which the results of a study are published. */
  static Path publishedFolder(Study study, DataOption data) {
    return data.folder().resolve("results").resolve(study.name());
  }
}
