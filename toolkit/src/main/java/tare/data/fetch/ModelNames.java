package tare.data.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Finds models by their names, which are the rows of {@code data/models.csv}. */
public final class ModelNames {

  private ModelNames() {}

  /**
   * Path of a model.
   *
   * @param model a name, or an existing path: relative to the working folder or to the parent of
   *     the data folder, because workers of a cluster have their own working folders
   * @param data the data folder, which holds models.csv and the fetched files
   * @throws IOException if the model is neither a name nor a path, or is not fetched; the message
   *     says what to do
   */
  public static Path path(String model, Path data) throws IOException {
    Path given = Path.of(model);
    if (Files.exists(given)) {
      return given;
    }
    Path besideData = data.toAbsolutePath().resolveSibling(given);
    if (Files.exists(besideData)) {
      return besideData;
    }
    List<Origin> known = Origin.read(data.resolve("models.csv"));
    for (Origin origin : known) {
      if (origin.name().equals(model)) {
        Path fetched = origin.path(data.resolve("fetched"));
        if (!Files.exists(fetched)) {
          throw new IOException(
              "The model " + model + " is not fetched yet: run 'tare fetch " + model + "'.");
        }
        return fetched;
      }
    }
    throw new IOException(
        "There is no file or folder '"
            + model
            + "' and no model of that name. Known: "
            + known.stream().map(Origin::name).collect(Collectors.joining(", "))
            + ".");
  }
}
