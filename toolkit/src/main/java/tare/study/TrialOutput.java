package tare.study;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import tare.calibrate.LayerReport;
import tare.data.CalibrationSet;
import tare.data.WholeFile;
import tare.evaluate.Outcome;

/**
 * The files of a finished trial, as {@link ResultFolder} keeps them: plain bytes, which one machine
 * can send to another.
 *
 * @param files in the order in which they are written, the part last
 */
public record TrialOutput(List<OutputFile> files) implements Serializable {

  /** Copies the list. */
  public TrialOutput {
    files = List.copyOf(files);
  }

  /**
   * One file.
   *
   * @param name its path in the folder of results, with forward slashes
   * @param content all of it
   */
  public record OutputFile(String name, byte[] content) implements Serializable {}

  /** A document of a calibration set, in the order in which it is run. */
  private record CalibrationRow(int sample, String source, String document, int tokens) {}

  /** The files of a trial. */
  public static TrialOutput of(Trial trial, TrialResult result) {
    String id = trial.id();
    List<OutputFile> files = new ArrayList<>();
    files.add(file("items/" + id + ".csv.gz", out -> zipped(out, result.items())));
    if (!result.layers().isEmpty()) {
      files.add(
          file(
              "layers/" + id + ".csv", new RecordCsv<>(LayerReport.class, result.layers())::write));
    }
    if (result.calibration().isPresent()) {
      CalibrationSet set = result.calibration().get();
      files.add(file("calibration/" + set.fingerprint() + ".csv", calibration(set)::write));
    }
    files.add(file("parts/" + id + ".csv", new RecordCsv<>(ResultRow.class, result.rows())::write));
    return new TrialOutput(files);
  }

  /**
   * Writes the files, each whole, the part last.
   *
   * @param folder the folder of results
   * @param writer names this one among several who may write there at once
   * @throws IOException if it cannot be written
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

  private static RecordCsv<CalibrationRow> calibration(CalibrationSet set) {
    return new RecordCsv<>(
        CalibrationRow.class,
        IntStream.range(0, set.samples().size())
            .mapToObj(
                i -> {
                  var sample = set.samples().get(i);
                  return new CalibrationRow(
                      i, sample.source(), sample.document(), sample.tokens().length);
                })
            .toList());
  }
}
