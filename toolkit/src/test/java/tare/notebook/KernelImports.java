package tare.notebook;

import java.util.List;

/** What both JJava and IJava import before the first cell. */
final class KernelImports {

  static final List<String> ALL =
      List.of(
          "java.io",
          "java.math",
          "java.net",
          "java.util",
          "java.util.concurrent",
          "java.util.prefs",
          "java.util.regex");

  private KernelImports() {}
}
