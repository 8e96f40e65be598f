/**
 * What a notebook shows inline: tables, charts and progress. It stands on {@code tare.report} and
 * reaches the kernel by reflection. Begin with {@link tare.notebook.Inline}.
 */
package tare.notebook;
