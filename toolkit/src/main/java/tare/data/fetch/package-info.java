/**
 * Downloads of models and data, each file checked against its SHA-256, and the corpora that are
 * made of them. It stands on {@code tare.data}. Begin with {@link tare.data.fetch.Fetch}.
 */
package tare.data.fetch;
