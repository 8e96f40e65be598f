package tare.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.data.WholeFile;
import tare.report.Results;
import tare.report.summary.ExplorerPage;
import tare.study.TrialFiles;

/** {@code tare study explore}: makes a page with sliders of recorded results. */
@Command(
    name = "explore",
    mixinStandardHelpOptions = true,
    description =
        "Writes one HTML page on which the results of studies are explored with sliders. It needs"
            + " no server and no network. Of named studies, published results and results of a run"
            + " are read together.")
final class StudyExploreCommand implements Callable<Integer> {

  @Parameters(
      arity = "0..*",
      paramLabel = "STUDY",
      description = "names of studies (default: all published ones)")
  private List<String> names = List.of();

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "the page, .html")
  private Path page;

  @Mixin private DataOption data;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    new OutputFile("--out", page).requireWritable();
    Map<String, Results> studies = new LinkedHashMap<>();
    if (names.isEmpty()) {
      for (Path folder : published()) {
        studies.put(folder.getFileName().toString(), Results.of(folder));
      }
    }
    for (String name : names) {
      studies.put(name, Results.of(TrialFiles.of(data.folder(), name)));
    }
    ExplorerPage explorer = ExplorerPage.of(studies);
    WholeFile.write(page, to -> to.write(explorer.html().getBytes(StandardCharsets.UTF_8)));
    PrintWriter out = spec.commandLine().getOut();
    explorer.leftOut().forEach(each -> out.println("left out: " + each));
    out.printf(Locale.ROOT, "%d studies: open %s in a browser%n", explorer.studies(), page);
    out.flush();
    return 0;
  }

  private List<Path> published() throws IOException {
    try (Stream<Path> folders = Files.list(data.folder().resolve("results"))) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }
}
