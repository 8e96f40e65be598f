/**
 * Runs the trials of a {@link tare.study.Study} as tasks of an Apache Spark cluster. A trial
 * travels as a {@link tare.spark.TrialRequest}, runs in {@link tare.spark.TrialOnWorker}, and comes
 * back as a {@link tare.spark.TrialReply}. Begin with {@link tare.spark.SparkRunner}.
 */
package tare.spark;
