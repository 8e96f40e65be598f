package tare.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.report.ResultTable;
import tare.report.summary.StudyReport;
import tare.study.Study;
import tare.study.TrialFiles;

/** {@code tare study report}: makes tables and figures of the results so far. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description =
        "Writes all tables (CSV and Markdown) and figures (PNG) that the results of a"
            + " study support, and a page with all of them, report.md. Published results and"
            + " results of a run are read together.")
final class StudyReportCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the study file, JSON")
  private Path file;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "the folder for the report (default: report in the folder of the run)")
  private Path out;

  @Mixin private ResultsOption results;

  @Mixin private DataOption data;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Study study = Study.read(file);
    Path run = results.run(study, data);
    TrialFiles files = results.all(run, study, data);
    StudyRunCommand.tellDamaged(files.damaged());
    List<Path> written =
        StudyReport.write(
            ResultTable.read(files), files, out == null ? run.resolve("report") : out);
    PrintWriter print = spec.commandLine().getOut();
    print.printf(Locale.ROOT, "%d files: %s%n", written.size(), written.get(written.size() - 1));
    print.flush();
    return 0;
  }
}
