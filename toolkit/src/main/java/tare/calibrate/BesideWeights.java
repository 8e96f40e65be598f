package tare.calibrate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files beside a checkpoint's weights, which travel with it: tokenizer, licence, templates. All
 * small files do, except README, configuration, and weights of other programs.
 */
final class BesideWeights {

  /** The largest file that is copied. The largest tokenizers have about 40 MB. */
  private static final long LARGEST = 1 << 27;

  private static final String CONFIG = "config.json";
  private static final Pattern WEIGHTS =
      Pattern.compile(
          "\\.(safetensors|bin|pt|pth|ckpt|pkl|gguf|ggml|onnx|onnx_data|h5|msgpack|npz|ot|tflite"
              + "|mlmodel|nemo|unfinished|index\\.json)$");

  /** Weights that are read, their index, and those that an interrupted run has left. */
  private static final Pattern OWN =
      Pattern.compile("^model.*\\.safetensors(\\.index\\.json)?$|\\.unfinished$");

  private BesideWeights() {}

  /**
   * Copies the files, with the sub-folders that hold no model of their own.
   *
   * @throws IOException if a file cannot be copied
   */
  static void copy(Path from, Path to) throws IOException {
    for (Path file : beside(from)) {
      if (Files.size(from.resolve(file)) <= LARGEST) {
        Path target = to.resolve(file);
        Files.createDirectories(target.getParent());
        copyContent(from.resolve(file), target);
      }
    }
  }

  /**
   * Copies the content of a file, but not its mode: the copy of a read-only file can be written.
   *
   * @throws IOException if the file cannot be copied
   */
  static void copyContent(Path from, Path to) throws IOException {
    try (InputStream in = Files.newInputStream(from)) {
      Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /**
   * What stays behind: files that are too large, weights of other programs, and sub-folders that
   * hold a model of their own.
   *
   * @return paths relative to the checkpoint
   * @throws IOException if the folder cannot be listed
   */
  static List<Path> stayBehind(Path from) throws IOException {
    List<Path> stay = new ArrayList<>();
    for (Path file : beside(from)) {
      if (Files.size(from.resolve(file)) > LARGEST) {
        stay.add(file);
      }
    }
    for (Path entry : entries(from)) {
      boolean isOther = isWeights(entry) && !OWN.matcher(name(entry)).find();
      boolean isModel = Files.isDirectory(entry) && !hidden(entry) && inside(entry).isEmpty();
      if (isModel ? hasFiles(entry) : isOther) {
        stay.add(from.relativize(entry));
      }
    }
    return stay;
  }

  private static boolean hasFiles(Path subfolder) throws IOException {
    try (Stream<Path> all = Files.walk(subfolder)) {
      return all.anyMatch(Files::isRegularFile);
    }
  }

  private static List<Path> beside(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path entry : entries(folder)) {
      if (Files.isDirectory(entry)) {
        files.addAll(inside(entry));
      } else if (travels(entry) && Files.isRegularFile(entry)) {
        files.add(entry);
      }
    }
    return files.stream().map(folder::relativize).toList();
  }

  /** All files of a sub-folder; none if it is hidden or holds a model of its own. */
  private static List<Path> inside(Path subfolder) throws IOException {
    if (hidden(subfolder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(subfolder)) {
      List<Path> files = all.filter(Files::isRegularFile).toList();
      boolean model = files.stream().anyMatch(file -> isWeights(file) || isConfig(file));
      return model ? List.of() : files;
    }
  }

  private static boolean travels(Path file) {
    boolean readme = name(file).startsWith("readme");
    return !hidden(file) && !readme && !isConfig(file) && !isWeights(file);
  }

  private static boolean hidden(Path path) {
    return name(path).startsWith(".");
  }

  private static boolean isConfig(Path file) {
    return name(file).equals(CONFIG);
  }

  private static boolean isWeights(Path file) {
    return WEIGHTS.matcher(name(file)).find();
  }

  private static String name(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT);
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    }
  }
}
