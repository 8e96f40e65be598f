package tare.shape;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing flows back: which package may stand on which. */
class PackagesTest {

  private static final JavaClasses TARE =
      new ClassFileImporter().importPath(Path.of("target/classes"));

  private static final Map<String, Set<String>> STANDS_ON = new LinkedHashMap<>();

  static {
    STANDS_ON.put("tensor", Set.of());
    STANDS_ON.put("format", Set.of("tensor"));
    STANDS_ON.put("jinja", Set.of());
    STANDS_ON.put("data", Set.of());
    STANDS_ON.put("data.fetch", Set.of("data"));
    STANDS_ON.put("grid", Set.of("tensor"));
    STANDS_ON.put("packed", Set.of("format", "grid", "tensor"));
    STANDS_ON.put("model", Set.of("format", "grid", "packed", "tensor"));
    STANDS_ON.put("model.generation", Set.of("format", "jinja", "model", "tensor"));
    STANDS_ON.put("chat", Set.of("data", "model", "model.generation"));
    STANDS_ON.put("select", Set.of("data", "model", "model.generation"));
    STANDS_ON.put("select.activation", Set.of("data", "model", "model.generation", "select"));
    STANDS_ON.put("select.acdm", Set.of("data", "model", "select", "select.activation"));
    STANDS_ON.put("compress", Set.of("data", "grid", "tensor"));
    STANDS_ON.put(
        "calibrate",
        Set.of("compress", "data", "format", "grid", "model", "model.generation", "tensor"));
    STANDS_ON.put("export", Set.of("calibrate", "compress", "format", "grid", "model", "tensor"));
    STANDS_ON.put("evaluate", Set.of("data", "model", "model.generation"));
    STANDS_ON.put("evaluate.ifeval", Set.of("data", "evaluate"));
    STANDS_ON.put("evaluate.benchmark", Set.of("data", "evaluate", "evaluate.ifeval"));
    STANDS_ON.put(
        "study",
        Set.of(
            "calibrate",
            "chat",
            "compress",
            "data",
            "data.fetch",
            "evaluate",
            "evaluate.benchmark",
            "format",
            "grid",
            "model",
            "model.generation",
            "select",
            "select.acdm",
            "select.activation",
            "tensor"));
    STANDS_ON.put("estimate", below("study"));
    STANDS_ON.put("audit", below("estimate"));
    // of recorded results: the study's files and pools, the scores of items, the reports of linears
    STANDS_ON.put("report.statistics", Set.of());
    STANDS_ON.put("report", Set.of("calibrate", "chat", "evaluate", "report.statistics", "study"));
    STANDS_ON.put("report.figure", Set.of("report"));
    STANDS_ON.put("report.summary", Set.of("data", "report", "report.figure", "study"));
    Set<String> adapt = below("study");
    adapt.addAll(Set.of("export", "report.figure", "report.summary"));
    STANDS_ON.put("adapt", adapt);
    Set<String> glue = new TreeSet<>(STANDS_ON.keySet());
    STANDS_ON.put("notebook", glue);
    Set<String> all = new TreeSet<>(STANDS_ON.keySet());
    all.remove("notebook");
    STANDS_ON.put("cli", all);
  }

  /** A package, and all that it stands on. */
  private static Set<String> below(String name) {
    Set<String> below = new TreeSet<>(STANDS_ON.get(name));
    below.add(name);
    return below;
  }

  @Test
  void everyPackageIsKnownHere() {
    assertThat(TARE.stream().map(PackagesTest::shortName).distinct())
        .isNotEmpty()
        .allMatch(STANDS_ON::containsKey);
  }

  @Test
  void arrowsPointDownwards() {
    STANDS_ON.forEach(
        (name, allowed) -> {
          String[] others =
              STANDS_ON.keySet().stream()
                  .filter(other -> !other.equals(name) && !allowed.contains(other))
                  .map(other -> "tare." + other)
                  .toArray(String[]::new);
          if (others.length > 0) {
            noClasses()
                .that()
                .resideInAPackage("tare." + name)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .check(TARE);
          }
        });
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("tare.(**)").should().beFreeOfCycles().check(TARE);
  }

  @Test
  void noPackageHasMoreThanThirtyFiles() {
    STANDS_ON
        .keySet()
        .forEach(name -> assertThat(sources(name)).as(name).hasSizeLessThanOrEqualTo(30));
  }

  @Test
  void everyPackageSaysWhatItHolds() {
    STANDS_ON
        .keySet()
        .forEach(name -> assertThat(sources(name)).as(name).contains("package-info.java"));
  }

  private static List<String> sources(String name) {
    Path folder = Path.of("src/main/java/tare").resolve(name.replace('.', '/'));
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".java"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void tensorsAreStrangersToDataAndReports() {
    noClasses()
        .that()
        .resideInAnyPackage("tare.data..", "tare.report..", "tare.notebook..")
        .and()
        .doNotHaveSimpleName("Lab") // says on which device the notebook computes
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(TARE);
  }

  /** {@code tare.model.Checkpoint} gives {@code model}. */
  private static String shortName(JavaClass type) {
    return type.getPackageName().substring("tare.".length());
  }
}
