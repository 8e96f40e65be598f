package tare.cli;

import picocli.CommandLine.Option;

/** The grid of a quantizer. */
final class GridOptions {

  @Option(names = "--bits", paramLabel = "B", description = "bits of a code")
  int bits = 4;

  @Option(names = "--group", paramLabel = "G", description = "columns that share a scale")
  int group = 128;
}
