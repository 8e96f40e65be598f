package tare.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command line, with one class for each command. */
@Command(
    name = "tare",
    mixinStandardHelpOptions = true,
    versionProvider = Tare.Version.class,
    description = "Calibration data for compressing language models.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      FetchCommand.class,
      InspectCommand.class,
      SelectCommand.class,
      AuditCommand.class,
      CompressCommand.class,
      EvaluateCommand.class,
      StudyCommand.class,
      BenchCommand.class
    })
public final class Tare {

  private Tare() {}

  /**
   * Runs one command and ends the process. The exit code is 0 for success, 1 for failure, 2 for
   * wrong usage.
   */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command line, which reports errors that a user can correct in one plain line. */
  static CommandLine commandLine() {
    CommandLine tare = new CommandLine(new Tare());
    MethodOptions.addTo(tare.getSubcommands().get("compress").getCommandSpec());
    return tare.setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Tare::wrongUsage)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              String line = line(failure);
              if (line == null) {
                failure.printStackTrace(command.getErr());
              } else {
                command.getErr().println("tare: " + line);
              }
              command.getErr().flush();
              return command.getCommandSpec().exitCodeOnExecutionException();
            });
  }

  private static int wrongUsage(ParameterException wrong, String[] arguments) {
    CommandLine command = wrong.getCommandLine();
    command
        .getErr()
        .println(
            "tare: "
                + wrong.getMessage()
                + " ('"
                + command.getCommandSpec().qualifiedName()
                + " --help' shows the options.)");
    command.getErr().flush();
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** The message for a user, or null for a fault of the program, which needs its stack trace. */
  private static String line(Throwable failure) {
    Throwable cause = failure;
    if (failure instanceof UncheckedIOException unchecked) {
      if (!String.valueOf(unchecked.getMessage()).equals(unchecked.getCause().toString())) {
        return unchecked.getMessage();
      }
      cause = unchecked.getCause();
    }
    if (cause instanceof NoSuchFileException) {
      return "There is no file " + cause.getMessage() + ".";
    }
    if (cause instanceof AccessDeniedException) {
      return "No permission for " + cause.getMessage() + ".";
    }
    if (cause instanceof FileAlreadyExistsException) {
      return cause.getMessage() + " is in the way.";
    }
    if (cause instanceof InterruptedException) {
      return "Interrupted.";
    }
    boolean plain = cause instanceof IOException || cause instanceof IllegalArgumentException;
    return plain && cause.getMessage() != null ? cause.getMessage() : null;
  }

  /** The version in the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Tare.class.getPackage().getImplementationVersion();
      return new String[] {"tare " + (version == null ? "(not from a jar)" : version)};
    }
  }
}
