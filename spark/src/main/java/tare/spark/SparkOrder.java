package tare.spark;

import java.io.Serializable;

/**
 * What is sent to a worker: plain data, no code.
 *
 * @param study the study as JSON
 * @param trial the id of one of its trials
 * @param data the data folder; a worker's environment variable TARE_DATA names another
 * @param device where the cluster assigns none
 * @param threads of the tensor library
 * @param precision of the evaluation, as results write it
 * @param results the folder that the worker writes its files into; empty if it sends them back
 */
record SparkOrder(
    String study,
    String trial,
    String data,
    String device,
    int threads,
    String precision,
    String results)
    implements Serializable {}
