package tare.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import tare.tensor.Threads;

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
      AdaptCommand.class,
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
    Threads.waitAsleep();
    System.exit(commandLine().execute(arguments));
  }

  /** The command line, which reports errors that a user can correct in one plain line. */
  static CommandLine commandLine() {
    CommandLine tare = new CommandLine(new Tare());
    for (String command : List.of("compress", "adapt")) {
      MethodOptions.addTo(tare.getSubcommands().get(command).getCommandSpec());
    }
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
    if (failure instanceof UncheckedIOException unchecked) {
      boolean own = !String.valueOf(unchecked.getMessage()).equals(unchecked.getCause().toString());
      return own ? withReason(unchecked) : line(unchecked.getCause());
    }
    if (failure instanceof FileSystemException file) {
      return reason(file);
    }
    if (failure instanceof InterruptedException) {
      return "Interrupted.";
    }
    if (failure.getMessage() == null) {
      return null;
    }
    return failure instanceof IOException
        ? withReason(failure)
        : failure instanceof IllegalArgumentException ? failure.getMessage() : null;
  }

  /** A message of the program, followed by what the operating system says if it is not in it. */
  private static String withReason(Throwable failure) {
    String message = failure.getMessage();
    if (failure.getCause() instanceof IOException cause) {
      String reason = cause instanceof FileSystemException file ? reason(file) : line(cause);
      String said = cause instanceof FileSystemException file ? file.getReason() : reason;
      if (reason != null && !message.contains(said == null ? reason : said)) {
        return message.replaceFirst("\\.$", "") + ": " + reason;
      }
    }
    return message;
  }

  private static String reason(FileSystemException failure) {
    String file = failure.getFile();
    if (failure instanceof NoSuchFileException) {
      return "There is no file " + file + ".";
    }
    if (failure instanceof AccessDeniedException) {
      return "No permission for " + file + ".";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return file + " is in the way.";
    }
    return failure.getMessage();
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
