package tare.study;

import java.util.List;
import java.util.Optional;
import tare.calibrate.LayerReport;
import tare.data.CalibrationSet;
import tare.evaluate.Outcome;

/**
 * The result of a trial.
 *
 * @param trial what identifies the trial, and what it cost
 * @param rows one per task and metric
 * @param layers a report on each compressed linear layer; empty for the uncompressed model
 * @param items one per item and metric, for paired tests
 * @param calibration the calibration set, if there is one
 */
public record TrialResult(
    TrialRow trial,
    List<ResultRow> rows,
    List<LayerReport> layers,
    List<Outcome> items,
    Optional<CalibrationSet> calibration) {}
