package tare.adapt;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.data.CalibrationFile;
import tare.data.Corpus;
import tare.data.Progress;
import tare.data.Provenance;
import tare.export.PackedFolder;
import tare.model.Checkpoint;

/** Compresses the model with the taken set, and writes it with the set and its provenance. */
record Packing(
    Adaptation plan, AdaptFolder folder, Device device, Progress progress, ModelScores models) {

  private static final String CHOSEN = "calibration.jsonl";
  private static final String MODEL = "model";
  private static final String PACKED = "packed";

  /**
   * The written model.
   *
   * @param seconds duration of compressing and writing
   * @param kl KL on the deciding part of the model as it was opened again, in nats
   * @param bitsPerWeight mean bits of the compressed weights
   */
  record Written(double seconds, double kl, double bitsPerWeight) {}

  /** The folder of the model. */
  Path path() {
    return folder.path(MODEL);
  }

  /** Writes the model, if it is not written yet. */
  Written write(Contender taken) {
    Path target = path();
    Optional<Written> before = folder.read(PACKED, Written.class);
    if (before.isPresent() && Files.isDirectory(target)) {
      return before.get();
    }
    long start = System.nanoTime();
    try {
      Path file = folder.path(CHOSEN);
      CalibrationFile.write(file, taken.set());
      provenance(taken).write(file);
      if (Files.exists(target.resolve("config.json"))) { // killed before this step was noted
        AdaptFolder.delete(target);
      }
      CompressedModel compressed = compress(taken, target);
      double seconds = (System.nanoTime() - start) / 1e9;
      double kl = Scored.mean(models.deciding(Checkpoint.open(target)), plan.purpose().weights());
      Written written = new Written(seconds, kl, compressed.bitsPerWeight());
      folder.write(PACKED, written);
      return written;
    } catch (IOException e) {
      throw new UncheckedIOException(target + " cannot be written", e);
    }
  }

  private CompressedModel compress(Contender taken, Path target) throws IOException {
    String stage = "compressing with " + taken.name();
    Progress blocks = (unused, done, total) -> progress.at(stage, done, total);
    BlockByBlock compression = new BlockByBlock();
    if (plan.layout().isEmpty()) {
      return compression.compressInto(
          target, plan.model(), Optional.of(taken.set()), plan.method(), device, blocks);
    }
    CompressedModel compressed =
        compression.compress(plan.model(), taken.set(), plan.method(), device, blocks);
    PackedFolder.write(compressed, plan.layout().get(), target);
    return compressed;
  }

  /** The corpora that a candidate was chosen from; none if it is a set of the user. */
  private List<Corpus> sources(Contender taken) {
    if (taken.name().equals(Adaptation.PURPOSE)) {
      return plan.purpose().ownText();
    }
    return plan.own().contains(taken) ? List.of() : plan.pool().parts();
  }

  private Provenance provenance(Contender taken) {
    return new Provenance(
        taken.set().selector(),
        plan.seed(),
        taken.set().fingerprint(),
        taken.set().samples().size(),
        plan.budget().tokensPerSample(),
        plan.model().path().toString(),
        plan.model().revision(),
        sources(taken).stream()
            .map(
                part ->
                    new Provenance.Source(
                        part.name(), part.revision(), "train", null, 0, 0, 0, null, List.of()))
            .toList(),
        plan.purpose().targets().stream().map(Target::name).toList(),
        "tare adapt",
        taken.seconds(),
        Stream.concat(
                Stream.of("candidate %s of tare adapt".formatted(taken.name())),
                taken.notes().stream())
            .toList(),
        null,
        List.of());
  }
}
