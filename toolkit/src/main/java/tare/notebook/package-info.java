/**
 * What notebook cells need: {@link tare.notebook.Lab} gives the model, the data and the device, and
 * {@link tare.notebook.Inline} shows tables, charts and progress below a cell. The package stands
 * on all others but {@code tare.cli} and reaches the kernel by reflection. Begin with {@link
 * tare.notebook.Lab}.
 */
package tare.notebook;
