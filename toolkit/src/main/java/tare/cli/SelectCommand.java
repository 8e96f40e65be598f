package tare.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tare select}: a calibration set, chosen and written to a file. */
@Command(name = "select", mixinStandardHelpOptions = true, description = "TODO")
final class SelectCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return 0;
  }
}
