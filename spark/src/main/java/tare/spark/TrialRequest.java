package tare.spark;

import java.io.Serializable;

/**
 * The message to a worker: plain data, no code.
 *
 * @param study the study as JSON
 * @param trial the id of one of its trials
 * @param models what lies beside the weights of the driver's models, as text
 * @param data the data folder; a worker's environment variable TARE_DATA overrides it
 * @param device the device if the cluster assigns none
 * @param threads number of threads of the tensor library
 * @param precision precision of the evaluation, as results write it
 * @param results the folder into which the worker writes its files; empty if it sends them back
 */
record TrialRequest(
    String study,
    String trial,
    String models,
    String data,
    String device,
    int threads,
    String precision,
    String results)
    implements Serializable {}
