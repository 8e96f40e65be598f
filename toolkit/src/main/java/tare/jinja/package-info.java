/**
 * Renders Jinja templates as Python does with the settings of {@code transformers}: {@code
 * trim_blocks}, {@code lstrip_blocks}, loop controls, {@code generation} blocks and an immutable
 * sandbox. A template comes with a model and is not trusted: it sees plain values only, reads no
 * file and no class, and has limits on time, size and depth. Begin with {@link
 * tare.jinja.JinjaTemplate}.
 */
package tare.jinja;
