package tare.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tare.data.Provenance;
import tare.data.RowFile;

/**
 * A file that a command writes after its work. It is checked before the work, which may take hours.
 *
 * @param option the option that names the file
 * @param file the file
 */
record OutputFile(String option, Path file) {

  /**
   * Checks that the file can be written, and makes its folder.
   *
   * @throws IllegalArgumentException if it is a folder, or nothing can be written beside it
   * @throws IOException if its folder cannot be made
   */
  void requireWritable() throws IOException {
    if (Files.isDirectory(file)) {
      throw refused("it is a folder. Name a file");
    }
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    if (!Files.isWritable(folder)) {
      throw refused("nothing can be written in that folder. Name a file in another one");
    }
  }

  /**
   * Checks that the file is not one that the command reads or writes otherwise.
   *
   * @param other that file
   * @param as the option that names it
   * @throws IllegalArgumentException if it is
   * @throws IOException if the two cannot be compared
   */
  void requireNot(Path other, String as) throws IOException {
    if (isSame(other)) {
      throw overwritten(as);
    }
  }

  /**
   * Checks that the file is no text of a corpus. A calibration set in a folder of text may be
   * written again, because it is no text of the folder.
   *
   * @param corpus a file or a folder
   * @param as the option that names it
   * @throws IllegalArgumentException if it is a text of the corpus
   * @throws IOException if the two cannot be compared
   */
  void requireNoTextOf(Path corpus, String as) throws IOException {
    if (isSame(corpus) || isTextOf(corpus)) {
      throw overwritten(as);
    }
  }

  private boolean isSame(Path other) throws IOException {
    return whole(file).equals(whole(other))
        || (Files.exists(file) && Files.exists(other) && Files.isSameFile(file, other));
  }

  private boolean isTextOf(Path folder) {
    return Files.isDirectory(folder)
        && Files.exists(file)
        && whole(file).startsWith(whole(folder))
        && RowFile.isKnown(file)
        && !Files.exists(Provenance.beside(file));
  }

  private static Path whole(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private IllegalArgumentException overwritten(String as) {
    return refused("this would overwrite what %s names. Name another file".formatted(as));
  }

  private IllegalArgumentException refused(String why) {
    return new IllegalArgumentException("%s %s: %s.".formatted(option, file, why));
  }
}
