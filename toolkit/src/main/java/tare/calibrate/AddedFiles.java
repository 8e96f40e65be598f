package tare.calibrate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tare.data.TemporaryFolder;

/**
 * What a run adds to a folder, so that it can be taken away again if the run fails at its start.
 */
final class AddedFiles {

  private final Path folder;
  private final Set<Path> before;
  private final List<Path> made; // folders, innermost first

  private AddedFiles(Path folder, Set<Path> before, List<Path> made) {
    this.folder = folder;
    this.before = before;
    this.made = made;
  }

  /**
   * Notes what is in a folder, and makes the folder if it is missing.
   *
   * @throws IOException if the folder cannot be made or listed
   */
  static AddedFiles to(Path folder) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path at = folder.toAbsolutePath(); at != null && !Files.exists(at); at = at.getParent()) {
      missing.add(at);
    }
    Files.createDirectories(folder);
    return new AddedFiles(folder, new HashSet<>(entries(folder)), missing);
  }

  /**
   * Deletes all that was not there before.
   *
   * @throws IOException if a file cannot be deleted
   */
  void remove() throws IOException {
    for (Path entry : entries(folder)) {
      if (!before.contains(entry)) {
        TemporaryFolder.delete(entry);
      }
    }
    for (Path each : made) {
      Files.deleteIfExists(each);
    }
  }

  /** Removes all that was added because of a failure, which keeps its own message. */
  void removeAfter(Throwable failure) {
    try {
      remove();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    }
  }
}
