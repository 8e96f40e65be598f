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
      description = {
        "the folder of the run (default: runs/<study> in the data folder);",
        "with it, results/<study> in the data folder is not looked at"
      })
  private Path folder;

  /** The folder of a study's run. */
  Path run(Study study, DataOption data) {
    return run(study.name(), data);
  }

  /** The folder that the user gave, or the folder of this name in the data folder. */
  Path run(String name, DataOption data) {
    return folder == null ? data.folder().resolve("runs").resolve(name) : folder;
  }

  /** The published results of a study, unless a folder was given. */
  TrialFiles published(Study study, DataOption data) {
    return folder == null ? TrialFiles.in(publishedFolder(study, data)) : TrialFiles.in();
  }

  /** What is known of a study: the results in the folder of a run, and the published ones. */
  TrialFiles all(Path run, Study study, DataOption data) {
    return folder == null ? TrialFiles.in(run, publishedFolder(study, data)) : TrialFiles.in(run);
  }

  /** Where the results of a study are published. */
  static Path publishedFolder(Study study, DataOption data) {
    return data.folder().resolve("results").resolve(study.name());
  }
}
