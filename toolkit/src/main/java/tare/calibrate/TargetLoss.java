package tare.calibrate;

import java.util.List;

/**
 * What the compression of one linear layer changes on text that did not calibrate it: ‖X_w ΔWᵀ‖² of
 * each window w. The sum over the windows is tr(ΔW XᵀX ΔWᵀ), the loss that GPTQ minimizes on the
 * calibration set. X are the inputs in the original model.
 *
 * @param linear name of the weight
 * @param changed the squared change of the outputs, for each window
 * @param outputs the squared outputs ‖X Wᵀ‖² of all windows before the change
 */
public record TargetLoss(String linear, List<Double> changed, double outputs) {

  /** Copies the list. */
  public TargetLoss {
    changed = List.copyOf(changed);
  }

  /** The sum over the windows, relative to the outputs' own size. */
  public double relative() {
    return total() / outputs;
  }

  /** The sum over the windows: tr(ΔW XᵀX ΔWᵀ). */
  public double total() {
    return changed.stream().mapToDouble(each -> each).sum();
  }
}
