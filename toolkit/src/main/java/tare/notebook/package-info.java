/**
 * What notebooks stand on: a model, data and device in one word, and tables, charts and progress
 * below a cell. It stands on every other room but {@code tare.cli}, and reaches the kernel by
 * reflection. Begin with {@link tare.notebook.Lab}.
 */
package tare.notebook;
