package tare.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.Progress;
import tare.data.fetch.CorpusRule;
import tare.data.fetch.Fetch;
import tare.data.fetch.Origin;

/** {@code tare fetch}: downloads models and data by name, and builds the corpora. */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    description =
        "Downloads models and data by name and checks their SHA-256. Files that exist are"
            + " left alone. Without a name: the default model, the default data and the corpora."
            + " With TARE_MIRROR=ADDRESS, https://host/path is fetched from ADDRESS/host/path.")
final class FetchCommand implements Callable<Integer> {

  private static final String CORPORA = "corpora";

  @Parameters(paramLabel = "NAME", description = "what to fetch; --list shows the names")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "the data folder, which holds sources.csv and models.csv (${DEFAULT-VALUE})")
  private Path data = Path.of("data");

  @Option(
      names = "--list",
      description = "list the names and the files that exist, without fetching")
  private boolean list;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Fetch fetch = Fetch.into(data, Fetch.mirror());
    List<Origin> origins = fetch.origins(); // the first model is the default
    Path fetched = fetch.folder();
    PrintWriter out = spec.commandLine().getOut();
    if (list) {
      list(origins, fetched, out);
      return 0;
    }
    List<String> wanted = wanted(names, origins, origins.get(0).name());
    try (BarProgress progress = new BarProgress()) {
      for (String name : wanted) {
        if (name.equals(CORPORA)) {
          build(fetched, progress, out);
        } else {
          List<Path> files = fetch.fetch(name, progress);
          progress.finish();
          out.printf(Locale.ROOT, "%s: %d file(s) in %s%n", name, files.size(), fetched);
        }
        out.flush();
      }
    }
    return 0;
  }

  /**
   * The names in the order of fetching. The corpora come last, after the data that they are built
   * from.
   */
  private static List<String> wanted(List<String> names, List<Origin> origins, String model) {
    List<String> known = origins.stream().map(Origin::name).distinct().toList();
    for (String name : names) {
      if (!known.contains(name) && !name.equals(CORPORA)) {
        throw new IllegalArgumentException(
            String.format(
                "No model or data set is called '%s'. Known: %s, %s.",
                name, String.join(", ", known), CORPORA));
      }
    }
    Set<String> wanted = new LinkedHashSet<>(names);
    if (names.isEmpty()) {
      wanted.addAll(List.of(model, CORPORA));
    }
    if (wanted.remove(CORPORA)) {
      wanted.addAll(CorpusRule.SOURCES);
      wanted.add(CORPORA);
    }
    return List.copyOf(wanted);
  }

  private static void build(Path fetched, Progress progress, PrintWriter out) throws IOException {
    int done = 0;
    for (CorpusRule rule : CorpusRule.ALL) {
      progress.at("building the corpora", done++, CorpusRule.ALL.size());
      List<Document> documents = rule.build(fetched);
      long heldBack =
          documents.stream().filter(each -> CorpusSide.HELD_BACK.holds(each.text())).count();
      long characters = documents.stream().mapToLong(each -> each.text().length()).sum();
      out.printf(
          Locale.ROOT,
          "%-13s %5d documents, %4d of them held out, %5.1f million characters%n",
          rule.corpus(),
          documents.size(),
          heldBack,
          characters / 1e6);
    }
    progress.at("building the corpora", done, CorpusRule.ALL.size());
  }

  private static void list(List<Origin> origins, Path fetched, PrintWriter out) throws IOException {
    Map<String, List<Origin>> byName =
        origins.stream()
            .collect(Collectors.groupingBy(Origin::name, LinkedHashMap::new, Collectors.toList()));
    for (Map.Entry<String, List<Origin>> each : byName.entrySet()) {
      long bytes = each.getValue().stream().mapToLong(Origin::bytes).sum();
      int there = 0;
      for (Origin origin : each.getValue()) {
        there += origin.isIn(fetched) ? 1 : 0;
      }
      String licences =
          each.getValue().stream()
              .map(Origin::licence)
              .distinct()
              .collect(Collectors.joining(", "));
      String note = each.getValue().size() == 1 ? each.getValue().get(0).note() : "";
      out.printf(
          Locale.ROOT,
          "%-19s %3d of %3d files exist, %4d MB, %s %s%n",
          each.getKey(),
          there,
          each.getValue().size(),
          bytes / 1_000_000,
          licences,
          note);
    }
    long built = CorpusRule.ALL.stream().filter(rule -> Files.exists(rule.file(fetched))).count();
    out.printf(
        Locale.ROOT,
        "%-19s %3d of %3d files exist, built from the data%n",
        CORPORA,
        built,
        CorpusRule.ALL.size());
    out.flush();
  }
}
