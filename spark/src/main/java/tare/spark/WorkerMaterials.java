package tare.spark;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.Collectors;
import tare.data.Progress;
import tare.data.fetch.Fetch;
import tare.data.fetch.Origin;
import tare.study.Materials;
import tare.study.Study;
import tare.study.Trial;

/**
 * The models, corpora, tasks and calibration sets that this process has open for a study on a
 * device. They stay open from trial to trial, so that trials which share them load and choose them
 * once. Nothing else outlives a task. One trial at a time uses them.
 */
final class WorkerMaterials {

  /** The materials of the last study, by device. An executor serves one study at a time. */
  private static final Map<Device, WorkerMaterials> OPEN = new HashMap<>();

  private final Study study;
  private final Materials materials;
  private final String models;
  private final Map<String, Trial> trials;

  private WorkerMaterials(Study study, Materials materials) {
    this.study = study;
    this.materials = materials;
    models = materials.models(study).toString();
    trials =
        materials.trials(study).stream().collect(Collectors.toMap(Trial::id, Function.identity()));
  }

  /**
   * Opens the materials of an order, or returns those that are already open.
   *
   * @throws IllegalArgumentException if something that the study needs is missing or unfit
   * @throws UncheckedIOException if something cannot be read or fetched
   */
  static WorkerMaterials of(TrialRequest order, Device device) {
    Study study = Study.parse(order.study());
    Path data = Path.of(Objects.requireNonNullElse(System.getenv("TARE_DATA"), order.data()));
    synchronized (OPEN) {
      WorkerMaterials open = OPEN.get(device);
      if (open == null || !open.study.equals(study) || !open.materials.data().equals(data)) {
        fetchMissing(study.models(), data);
        open = new WorkerMaterials(study, new Materials(data, device));
        OPEN.put(device, open);
      }
      return open;
    }
  }

  /**
   * The trial of an order.
   *
   * @throws IllegalArgumentException if there is none, because models, corpora or tasks differ from
   *     the driver's, or if something beside the weights of a model does
   */
  Trial trial(TrialRequest order) {
    Trial trial = trials.get(order.trial());
    if (trial == null) {
      throw new IllegalArgumentException(
          "its models or data differ from the driver's: in %s, %s. Copy or fetch there what the driver has."
              .formatted(materials.data(), revisions()));
    }
    if (!models.equals(order.models())) {
      throw new IllegalArgumentException(
          "its models have the driver's weights, but another configuration, tokenizer or chat template: there %s, here %s. Copy the files beside the weights from the driver."
              .formatted(order.models(), models));
    }
    return trial;
  }

  /** The models, corpora and tasks. */
  Materials materials() {
    return materials;
  }

  /** The revisions that determine the ids of trials, for people to compare. */
  private String revisions() {
    String models = revisions(study.models(), materials::ofModel);
    return models + ", " + revisions(study.corpora(), materials::ofCorpus);
  }

  private static String revisions(List<String> names, Function<String, String> revision) {
    return names.stream()
        .map(name -> "%s has the SHA-256 %.12s".formatted(name, revision.apply(name)))
        .collect(Collectors.joining(", "));
  }

  /**
   * Fetches missing models as {@code tare fetch} does. Of several processes on a machine, one
   * fetches.
   */
  private static void fetchMissing(List<String> models, Path data) {
    Path lock = data.resolve("fetched").resolve(".lock");
    try {
      if (missing(models, data).isEmpty()) {
        return;
      }
      Files.createDirectories(lock.getParent());
      try (FileChannel file =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = file.lock()) {
        Objects.requireNonNull(held);
        for (String model : missing(models, data)) {
          Fetch.into(data, Fetch.mirror()).fetch(model, Progress.NONE);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    } catch (InterruptedException e) {
      throw new CancellationException("Stopped while a model was fetched.");
    }
  }

  /** The models that the table of models lists and the data folder lacks. */
  private static List<String> missing(List<String> models, Path data) throws IOException {
    Path table = data.resolve("models.csv");
    if (!Files.isRegularFile(table)) {
      return List.of();
    }
    return Origin.read(table).stream()
        .filter(origin -> models.contains(origin.name()))
        .filter(origin -> !Files.exists(origin.path(data.resolve("fetched"))))
        .map(Origin::name)
        .distinct()
        .toList();
  }
}
