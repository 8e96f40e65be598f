package tare.shape;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Nothing flows back: which package may stand on which. */
class PackagesTest {

  private static final JavaClasses TARE =
      new ClassFileImporter().importPath(Path.of("target/classes"));

  private static final Map<String, Set<String>> STANDS_ON = new LinkedHashMap<>();

  static {
    STANDS_ON.put("tensor", Set.of());
    STANDS_ON.put("format", Set.of("tensor"));
    STANDS_ON.put("data", Set.of());
    STANDS_ON.put("model", Set.of("format", "tensor"));
    STANDS_ON.put("select", Set.of("data", "model"));
    STANDS_ON.put("compress", Set.of("data", "tensor"));
    STANDS_ON.put("quantize", Set.of("compress", "tensor"));
    STANDS_ON.put("prune", Set.of("compress", "quantize", "tensor"));
    STANDS_ON.put("calibrate", Set.of("compress", "data", "format", "model", "tensor"));
    STANDS_ON.put("export", Set.of("calibrate", "compress", "format", "model", "tensor"));
    STANDS_ON.put("evaluate", Set.of("data", "model"));
    STANDS_ON.put(
        "study",
        Set.of(
            "calibrate",
            "compress",
            "data",
            "evaluate",
            "format",
            "model",
            "prune",
            "quantize",
            "select",
            "tensor"));
    STANDS_ON.put("report", Set.of());
    STANDS_ON.put("notebook", Set.of("data", "report"));
    Set<String> all = new TreeSet<>(STANDS_ON.keySet());
    STANDS_ON.put("cli", all);
  }

  @Test
  void everyPackageIsKnownHere() {
    assertThat(TARE.stream().map(PackagesTest::first).distinct())
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
                  .map(other -> "tare." + other + "..")
                  .toArray(String[]::new);
          if (others.length > 0) {
            noClasses()
                .that()
                .resideInAPackage("tare." + name + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .allowEmptyShould(true)
                .check(TARE);
          }
        });
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("tare.(*)..").should().beFreeOfCycles().check(TARE);
  }

  @Test
  void tensorsAreStrangersToDataAndReports() {
    noClasses()
        .that()
        .resideInAnyPackage("tare.data..", "tare.report..", "tare.notebook..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(TARE);
  }

  /** {@code tare.model.Checkpoint} gives {@code model}. */
  private static String first(JavaClass type) {
    return type.getPackageName().split("\\.", -1)[1];
  }
}
