/**
 * Downloads models and data, checks each file against its SHA-256, and builds the corpora. The
 * package stands on {@code tare.data}. Begin with {@link tare.data.fetch.Fetch}.
 */
package tare.data.fetch;
