/** What a notebook adds to the toolkit: output below a cell, and the scale of the run. */
package tare.notebook;
