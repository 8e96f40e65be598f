package tare.select;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;

/**
 * The tiny model and invented corpora, for tests of selectors that look at the model.
 *
 * @param folder holds the corpora and the cache of activations
 */
public record TinyTexts(DecoderModel model, Path folder) implements AutoCloseable {

  /** Writes the corpora into a folder and loads the model. */
  public static TinyTexts in(Path folder) throws IOException {
    Checkpoint tiny = Checkpoint.open(Path.of("../data/tiny"));
    InventedCorpora.write(folder);
    return new TinyTexts(DecoderModel.load(tiny, Device.cpu(), Precision.F32), folder);
  }

  /** One side of a corpus. */
  public CorpusFile read(String corpus, CorpusSide side) throws IOException {
    return CorpusFile.read(folder.resolve("corpora/" + corpus + ".jsonl"), side);
  }

  /** A task whose items come from the held-back side of a corpus. */
  public TaskReference task(String corpus) throws IOException {
    return new TaskReference(
        corpus,
        read(corpus, CorpusSide.HELD_BACK)
            .documents()
            .map(Document::text)
            .map(text -> new ReferenceItem(text, text.substring(0, 200), text.substring(200)))
            .toList());
  }

  /** What a selector is given, with a seed. */
  public Surroundings given(long seed) {
    ActivationCache cache = ActivationCache.in(folder.resolve("cache"), "tiny", Progress.NONE);
    return new Surroundings(
        model.checkpoint().tokenizer(), () -> model, new SplittableRandom(seed), cache);
  }

  @Override
  public void close() {
    model.close();
  }
}
