package tare.cli;

import picocli.CommandLine.Command;

/** {@code tare study}: plans, runs, joins, publishes and reports a study. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Compares calibration sets and methods, as described in a study file.",
    subcommands = {
      StudyPlanCommand.class,
      StudyRunCommand.class,
      StudyMergeCommand.class,
      StudyPublishCommand.class,
      StudyReportCommand.class
    })
final class StudyCommand {}
