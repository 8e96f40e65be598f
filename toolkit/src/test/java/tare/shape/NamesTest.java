package tare.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A notebook cell imports whole packages, so a name that two of them have would be ambiguous. */
class NamesTest {

  /** What the kernels import by themselves. */
  private static final List<String> IMPORTED_BY_KERNELS =
      List.of(
          "java.base/java/io",
          "java.base/java/math",
          "java.base/java/net",
          "java.base/java/time",
          "java.base/java/util",
          "java.base/java/util/concurrent",
          "java.base/java/util/regex",
          "java.prefs/java/util/prefs",
          "java.base/java/lang");

  /** What our notebooks import besides. */
  private static final Set<String> IMPORTED_BY_CELLS =
      Set.of(
          "ai/djl",
          "ai/djl/ndarray",
          "ai/djl/ndarray/index",
          "ai/djl/ndarray/types",
          "tech/tablesaw/api",
          "org/knowm/xchart",
          "org/knowm/xchart/style");

  private static final List<JavaClass> OURS =
      new ClassFileImporter()
          .importPath(Path.of("target/classes")).stream()
              .filter(JavaClass::isTopLevelClass)
              .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
              .toList();

  @Test
  void noNameIsAmbiguousInACell() throws IOException {
    Set<String> taken = new TreeSet<>(platformNames());
    taken.addAll(libraryNames());
    assertThat(taken)
        .as("the places where names are looked for")
        .contains("Pattern", "Random", "List", "NDArray", "Device", "Row", "XYChart", "Styler");

    assertThat(OURS).isNotEmpty();
    assertThat(OURS.stream().map(JavaClass::getSimpleName)).doesNotContainAnyElementsOf(taken);
  }

  @Test
  void noTwoOfOurPackagesShareAName() {
    Map<String, List<String>> packages =
        OURS.stream()
            .collect(
                Collectors.groupingBy(
                    JavaClass::getSimpleName,
                    TreeMap::new,
                    Collectors.mapping(JavaClass::getPackageName, Collectors.toList())));
    packages.values().removeIf(homes -> homes.size() == 1);

    assertThat(packages).isEmpty();
  }

  private static Set<String> platformNames() throws IOException {
    FileSystem platform = FileSystems.getFileSystem(URI.create("jrt:/"));
    Set<String> names = new TreeSet<>();
    for (String folder : IMPORTED_BY_KERNELS) {
      try (Stream<Path> files = Files.list(platform.getPath("/modules/" + folder))) {
        files.map(file -> file.getFileName().toString()).forEach(file -> addClass(names, file));
      }
    }
    return names;
  }

  private static Set<String> libraryNames() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.endsWith(".jar")) {
        try (JarFile jar = new JarFile(entry)) {
          jar.stream()
              .map(file -> file.getName())
              .filter(file -> file.contains("/"))
              .filter(file -> IMPORTED_BY_CELLS.contains(file.substring(0, file.lastIndexOf('/'))))
              .forEach(file -> addClass(names, file.substring(file.lastIndexOf('/') + 1)));
        }
      }
    }
    return names;
  }

  private static void addClass(Set<String> names, String file) {
    if (file.endsWith(".class") && !file.contains("$") && !file.contains("-")) {
      names.add(file.substring(0, file.length() - ".class".length()));
    }
  }
}
