/** Studies on Apache Spark: the trials of {@link tare.study.Study} as tasks of a cluster. */
package tare.spark;
