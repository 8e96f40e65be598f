package tare.cli;

import picocli.CommandLine.Command;

/** {@code tare study}: plans, runs and joins what a study file describes. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Compares calibration sets and methods as a study file says.",
    subcommands = {StudyPlanCommand.class, StudyRunCommand.class, StudyMergeCommand.class})
final class StudyCommand {}
