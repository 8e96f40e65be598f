package tare.study;

/** Who writes the part files of trials that run on workers; the files are the same either way. */
public enum ResultsBy {
  /** Workers send the files back, and the driver writes them: nothing need be shared. */
  DRIVER,
  /** Workers write into the folder of results, which all machines see under the same path. */
  WORKERS
}
