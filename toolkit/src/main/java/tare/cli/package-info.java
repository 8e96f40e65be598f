/**
 * The command line, one class for each command. It stands on everything. Begin with {@link
 * tare.cli.Tare}.
 */
package tare.cli;
