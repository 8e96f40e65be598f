package tare.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** Writes a file so that it is either complete or absent, even if the process is killed. */
public final class WholeFile {

  private static final String UNFINISHED = ".unfinished";

  private WholeFile() {}

  /** The content of a file. */
  @FunctionalInterface
  public interface Content {

    /** Writes the content. */
    void write(OutputStream out) throws IOException;
  }

  /**
   * Writes to a temporary file in the same folder, forces it to disk, and moves it into place. The
   * folder is made if it is missing.
   *
   * @throws IOException if the file cannot be written; an older file of that name stays
   */
  public static void write(Path file, Content content) throws IOException {
    write(file, "", content);
  }

  /**
   * Writes a file that several writers may write at the same time. The last one wins.
   *
   * @param writer identifies this writer; part of the temporary name
   * @throws IOException if the file cannot be written; an older file of that name stays
   */
  public static void write(Path file, String writer, Content content) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path temporary = file.resolveSibling(file.getFileName() + writer + UNFINISHED);
    try {
      try (FileChannel channel =
              FileChannel.open(
                  temporary,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.TRUNCATE_EXISTING);
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
        content.write(out);
        out.flush();
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  /**
   * Removes the temporary files that a killed process left under a folder.
   *
   * @throws IOException if the folder cannot be read or a file cannot be deleted
   */
  public static void removeUnfinished(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(UNFINISHED)).toList()) {
        Files.delete(file);
      }
    }
  }
}
