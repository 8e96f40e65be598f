package tare.cli;

import picocli.CommandLine.Command;

/** {@code tare study}: plans, runs, joins and reports what a study file describes. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Compares calibration sets and methods as a study file says.",
    subcommands = {
      StudyPlanCommand.class,
      StudyRunCommand.class,
      StudyMergeCommand.class,
      StudyReportCommand.class
    })
final class StudyCommand {}
