/** Runs the trials of a {@link tare.study.Study} as tasks of an Apache Spark cluster. */
package tare.spark;
