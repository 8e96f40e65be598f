package tare.study;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import tare.calibrate.LayerReport;
import tare.data.CalibrationSet;
import tare.data.WholeFile;
import tare.evaluate.Outcome;
import tare.study.TrialResult.ResultRow;

/**
 * The files of a finished trial, as {@link ResultFolder} keeps them: plain bytes, which one machine
 * can send to another.
 *
 * @param files in the order in which they are written, with the part last
 */
public record TrialOutput(List<OutputFile> files) implements Serializable {

  private static final Pattern NAME =
      Pattern.compile(
          "(parts|layers)/[0-9a-f]{16}\\.csv|items/[0-9a-f]{16}\\.csv\\.gz"
              + "|calibration/[0-9a-f]{64}\\.csv");

  /** Columns of a trial. */
  static final List<String> OF_TRIAL = new RecordCsv<>(TrialRow.class, List.of()).columns();

  /** Columns of a part file: those of the trial, and those of each of its scores. */
  static final List<String> COLUMNS =
      Stream.concat(
              OF_TRIAL.stream(), new RecordCsv<>(ResultRow.class, List.of()).columns().stream())
          .toList();

  /** Copies the list. */
  public TrialOutput {
    files = List.copyOf(files);
  }

  /**
   * One file.
   *
   * @param name its path in the folder of results, with forward slashes
   * @param content its whole content
   */
  public record OutputFile(String name, byte[] content) implements Serializable {

    /**
     * Checks the name, which may come from another machine or from a file that someone changed.
     *
     * @throws IllegalArgumentException if it is none of a trial's files
     */
    public OutputFile {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "'"
                + name
                + "' is no file of a trial. A trial's id has 16 hexadecimal digits, and the"
                + " calibration_fingerprint has 64. Make the results again.");
      }
    }
  }

  /**
   * A sample of a calibration set.
   *
   * @param sample its index, in the order in which samples are run
   * @param source the corpus
   * @param document id of the document (the first one, if several are packed together)
   * @param tokens number of tokens
   */
  public record CalibrationRow(int sample, String source, String document, int tokens) {}

  /** The files of a trial. */
  public static TrialOutput of(Trial trial, TrialResult result) {
    Map<String, String> made =
        new RecordCsv<>(TrialRow.class, List.of(result.trial())).cells().get(0);
    List<Map<String, String>> rows = new ArrayList<>();
    for (Map<String, String> scores : new RecordCsv<>(ResultRow.class, result.rows()).cells()) {
      Map<String, String> row = new LinkedHashMap<>(made);
      row.putAll(scores);
      rows.add(row);
    }
    return of(
        trial.id(),
        rows,
        result.items(),
        result.layers(),
        result.calibration().map(TrialOutput::calibration).orElse(List.of()));
  }

  /**
   * The files of a trial that was read.
   *
   * @param rows the lines of its part file
   * @param calibration the samples of its set; empty if it has none
   */
  static TrialOutput of(
      String id,
      List<Map<String, String>> rows,
      List<Outcome> items,
      List<LayerReport> layers,
      List<CalibrationRow> calibration) {
    List<OutputFile> files = new ArrayList<>();
    if (!items.isEmpty()) {
      files.add(file("items/" + id + ".csv.gz", out -> zipped(out, items)));
    }
    if (!layers.isEmpty()) {
      files.add(file("layers/" + id + ".csv", new RecordCsv<>(LayerReport.class, layers)::write));
    }
    if (!calibration.isEmpty()) {
      files.add(
          file(
              "calibration/" + rows.get(0).get("calibration_fingerprint") + ".csv",
              new RecordCsv<>(CalibrationRow.class, calibration)::write));
    }
    files.add(file("parts/" + id + ".csv", out -> RecordCsv.writeRows(out, COLUMNS, rows)));
    return new TrialOutput(files);
  }

  /**
   * Writes the files, each of them completely and the part last.
   *
   * @param folder the folder of results
   * @param writer identifies this writer among several that may write there at once
   * @throws IOException if a file cannot be written
   */
  public void write(Path folder, String writer) throws IOException {
    for (OutputFile file : files) {
      WholeFile.write(folder.resolve(file.name()), writer, out -> out.write(file.content()));
    }
  }

  private static OutputFile file(String name, WholeFile.Content content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      content.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("Memory can always be written", e);
    }
    return new OutputFile(name, bytes.toByteArray());
  }

  private static void zipped(OutputStream out, List<Outcome> items) throws IOException {
    GZIPOutputStream zip = new GZIPOutputStream(out);
    new RecordCsv<>(Outcome.class, items).write(zip);
    zip.finish();
  }

  private static List<CalibrationRow> calibration(CalibrationSet set) {
    return IntStream.range(0, set.samples().size())
        .mapToObj(
            i -> {
              var sample = set.samples().get(i);
              return new CalibrationRow(
                  i, sample.source(), sample.document(), sample.tokens().length);
            })
        .toList();
  }
}
