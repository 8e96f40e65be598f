package tare.data.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Models known by name: the rows of {@code data/models.csv}. */
public final class ModelNames {

  private ModelNames() {}

  /**
   * Where a model lies.
   *
   * @param model a name, or a path that exists: from the working folder, or from the folder that
   *     holds the data folder, as workers of a cluster have working folders of their own
   * @param data the data folder, which holds models.csv and the fetched files
   * @throws IOException if it is neither, or is known but not fetched; the message says what to do
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
        Path fetched = origin.in(data.resolve("fetched"));
        if (!Files.exists(fetched)) {
          throw new IOException(
              "The model " + model + " is not there yet: run 'tare fetch " + model + "'.");
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
