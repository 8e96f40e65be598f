package tare.study;

/**
 * Says who writes the part files of trials that run on workers. The files are the same either way.
 */
public enum ResultsBy {
  /**
   * Workers send the files back, and the driver writes them. The machines need not share a folder.
   */
  DRIVER,
  /** Workers write into the folder of results, which all machines see under the same path. */
  WORKERS
}
