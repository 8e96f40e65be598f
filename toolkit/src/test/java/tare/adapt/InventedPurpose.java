package tare.adapt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.InventedCorpora;
import tare.evaluate.benchmark.Tasks;
import tare.model.Checkpoint;
import tare.select.ZipCal;

/** A purpose and a pool of invented text, for the tiny model. */
record InventedPurpose(Path folder) {

  static final Target.Sizes SIZES = new Target.Sizes(16, 8, 300);

  InventedPurpose {
    try {
      InventedCorpora.write(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Checkpoint model() {
    return Checkpoint.open(Path.of("../data/tiny"));
  }

  Purpose of(String... given) throws IOException {
    return Purpose.of(
        List.of(given), new Tasks(folder), 8, this::corpus, model().tokenizer(), SIZES, 1);
  }

  CorpusFile corpus(Path file) throws IOException {
    return CorpusFile.read(file, CorpusSide.ALL);
  }

  String file(String corpus) {
    return folder.resolve("corpora").resolve(corpus + ".jsonl").toString();
  }

  CorpusFile side(String corpus, CorpusSide side) throws IOException {
    return CorpusFile.read(Path.of(file(corpus)), side);
  }

  AdaptPool pool(Purpose purpose, String... corpora) throws IOException {
    List<CorpusFile> train = new ArrayList<>();
    List<CorpusFile> heldBack = new ArrayList<>();
    for (String corpus : corpora) {
      train.add(side(corpus, CorpusSide.TRAIN));
      heldBack.add(side(corpus, CorpusSide.HELD_BACK));
    }
    return AdaptPool.of(purpose, train, heldBack, model().tokenizer(), 32, 4);
  }

  Adaptation plan() throws IOException {
    Purpose purpose = of(file("encyclopedia"), "social_iqa:0.2");
    return Adaptation.plan(
            model(),
            purpose,
            pool(purpose, "news", "mathematics"),
            new Gptq(4, 64),
            new Budget(2, 48))
        .draws(3)
        .proposals(List.of(new Proposal(new ZipCal())));
  }
}
