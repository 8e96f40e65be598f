package tare.study;

/** Where the results of a study go. */
public interface Results {

  /** Whether the trial is done. */
  boolean has(Trial trial);

  /** Keeps the result of a trial; from then on {@link #has} is true. */
  void add(Trial trial, TrialResult result);

  /** Notes why a trial could not be done; it is tried again when the study is started again. */
  void failed(Trial trial, Exception reason);
}
