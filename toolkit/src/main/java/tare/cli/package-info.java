/**
 * The command line, one class for each command. The package stands on all others. Begin with {@link
 * tare.cli.Tare}.
 */
package tare.cli;
