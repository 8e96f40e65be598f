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
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import tare.evaluate.benchmark.Tasks;

/**
 * Lists every task with its state: whether its files exist, or how to fetch them; and its baseline,
 * if measured.
 *
 * @param tasks the tasks
 * @param measured a table of baselines, {@code tasks.csv}; may be missing
 */
record TaskList(Tasks tasks, Path measured) {

  private static final CSVFormat TABLE =
      CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();

  void print(PrintWriter print) throws IOException {
    Map<String, CSVRecord> baselines = baselines();
    for (Tasks.State state : tasks.states()) {
      CSVRecord baseline = baselines.get(state.name());
      String remark = !state.ready() ? need(state) : baseline == null ? "" : line(baseline);
      print.println("%-32s %s".formatted(state.name(), remark).stripTrailing());
    }
    for (Tasks.State state : tasks.texts()) {
      String remark = state.ready() ? "" : need(state);
      print.println("%-32s %s".formatted("--perplexity " + state.name(), remark).stripTrailing());
    }
    print.flush();
  }

  private static String need(Tasks.State state) {
    return (state.broken() ? "broken: " : "missing: ") + state.need();
  }

  private Map<String, CSVRecord> baselines() throws IOException {
    Map<String, CSVRecord> baselines = new LinkedHashMap<>();
    if (Files.isRegularFile(measured)) {
      try (CSVParser rows = CSVParser.parse(measured, StandardCharsets.UTF_8, TABLE)) {
        rows.forEach(row -> baselines.put(row.get("task"), row));
      }
    }
    return baselines;
  }

  private static String line(CSVRecord row) {
    List<Double> numbers =
        List.of("acc", "acc_standard_error", "acc_norm", "acc_norm_standard_error", "chance")
            .stream()
            .map(column -> Double.parseDouble(row.get(column)))
            .toList();
    return String.format(
        Locale.ROOT,
        "%s on %s items: acc %.3f ± %.3f, acc_norm %.3f ± %.3f, chance %.3f, %s",
        row.get("model"),
        row.get("items"),
        numbers.get(0),
        numbers.get(1),
        numbers.get(2),
        numbers.get(3),
        numbers.get(4),
        Boolean.parseBoolean(row.get("above_chance")) ? "above chance" : "at chance");
  }
}
