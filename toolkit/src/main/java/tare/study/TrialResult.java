package tare.study;

import java.util.List;
import java.util.Optional;
import tare.calibrate.LayerReport;
import tare.data.CalibrationSet;
import tare.evaluate.Outcome;

/**
 * What a trial gave.
 *
 * @param trial what made it and what it cost
 * @param rows one per task and metric
 * @param layers what compression did to each linear; empty for the uncompressed model
 * @param items one per item and metric, for paired tests
 * @param calibration what the compressor saw, if anything
 */
public record TrialResult(
    TrialRow trial,
    List<ResultRow> rows,
    List<LayerReport> layers,
    List<Outcome> items,
    Optional<CalibrationSet> calibration) {}
