package tare.report;

import java.util.List;
import java.util.Random;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Builds results tables whose right answers are known. */
public final class InventedResults {

  private final StringColumn study = StringColumn.create("study");
  private final StringColumn trial = StringColumn.create("trial");
  private final StringColumn model = StringColumn.create("model");
  private final StringColumn method = StringColumn.create("method");
  private final StringColumn bits = StringColumn.create("bits");
  private final StringColumn group = StringColumn.create("group_size");
  private final StringColumn pattern = StringColumn.create("sparsity_pattern");
  private final StringColumn settings = StringColumn.create("method_settings");
  private final StringColumn corpus = StringColumn.create("corpus");
  private final StringColumn selector = StringColumn.create("selector");
  private final StringColumn label = StringColumn.create("selector_label");
  private final StringColumn set = StringColumn.create("set");
  private final StringColumn samples = StringColumn.create("samples");
  private final StringColumn tokens = StringColumn.create("tokens_per_sample");
  private final StringColumn fingerprint = StringColumn.create("calibration_fingerprint");
  private final StringColumn task = StringColumn.create("task");
  private final StringColumn metric = StringColumn.create("metric");
  private final DoubleColumn bitsPerWeight = DoubleColumn.create("bits_per_weight");
  private final DoubleColumn sparsity = DoubleColumn.create("sparsity");
  private final DoubleColumn value = DoubleColumn.create("value");
  private String selecting = "uniform";
  private String[] setting = {"", "", "", ""};
  private String measure = "acc";
  private int count = 16;
  private int length = 512;

  /** The label of what chooses the sets of the rows that follow. */
  public InventedResults selector(String text) {
    selecting = text;
    return this;
  }

  /**
   * Bits, group size, sparsity pattern and other settings of the method of the rows that follow.
   */
  public InventedResults settings(String bits, String group, String pattern, String others) {
    setting = new String[] {bits, group, pattern, others};
    return this;
  }

  /** The metric of the rows that follow. */
  public InventedResults metric(String name) {
    measure = name;
    return this;
  }

  /** The size of the sets of the rows that follow. */
  public InventedResults budget(int samples, int tokens) {
    count = samples;
    length = tokens;
    return this;
  }

  /** One score; an empty corpus means no calibration. */
  public InventedResults add(String method, String corpus, int set, String task, double value) {
    boolean calibrated = !corpus.isEmpty();
    String settings = String.join("/", setting);
    String budget = calibrated ? set + " by " + selecting + count + "x" + length : "";
    study.append("invented");
    trial.append(method + settings + "/" + corpus + "/" + budget);
    selector.append(calibrated ? selecting.split(" ", 2)[0] : "");
    label.append(calibrated ? selecting : "");
    this.set.append(calibrated ? Integer.toString(set) : "");
    bitsPerWeight.appendMissing();
    sparsity.appendMissing();
    model.append("m");
    this.method.append(method);
    bits.append(setting[0]);
    group.append(setting[1]);
    pattern.append(setting[2]);
    this.settings.append(setting[3]);
    this.corpus.append(corpus);
    samples.append(calibrated ? Integer.toString(count) : "");
    tokens.append(calibrated ? Integer.toString(length) : "");
    fingerprint.append(calibrated ? corpus + " " + budget : "");
    this.task.append(task);
    metric.append(measure);
    this.value.append(value);
    return this;
  }

  public Table table() {
    return Table.create(
        "results",
        study,
        trial,
        model,
        method,
        bits,
        group,
        pattern,
        settings,
        corpus,
        selector,
        label,
        set,
        samples,
        tokens,
        fingerprint,
        task,
        metric,
        bitsPerWeight,
        sparsity,
        value);
  }

  /** A study of three methods, six corpora and five sets, for a look at the figures. */
  public static Table study() {
    Random random = new Random(7);
    InventedResults results = new InventedResults().add("none", "", 0, "social_iqa", 0.52);
    results.add("RTN 3 bit", "", 0, "social_iqa", 0.44);
    List<String> corpora =
        List.of("code", "dialogue", "encyclopedia", "how-to", "mathematics", "news");
    for (String method : List.of("GPTQ 3 bit", "AWQ 3 bit")) {
      for (int c = 0; c < corpora.size(); c++) {
        for (int set = 0; set < 5; set++) {
          results.add(
              method,
              corpora.get(c),
              set,
              "social_iqa",
              0.47 + 0.004 * c + 0.01 * random.nextGaussian());
        }
      }
    }
    return results.table();
  }
}
