package tare.select;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.data.Corpus;
import tare.data.Document;
import tare.model.ByteTokenizer;

/** A corpus written in a test. */
public record WrittenCorpus(String name, List<Document> content) implements Corpus {

  /** Documents with the ids 0, 1, 2 … */
  public static WrittenCorpus of(String name, String... texts) {
    return new WrittenCorpus(
        name,
        IntStream.range(0, texts.length)
            .mapToObj(i -> new Document(Integer.toString(i), name, texts[i]))
            .toList());
  }

  /** The same documents, last first. */
  public WrittenCorpus reversed() {
    List<Document> documents = new ArrayList<>(content);
    Collections.reverse(documents);
    return new WrittenCorpus(name, documents);
  }

  public WrittenCorpus and(WrittenCorpus other) {
    return new WrittenCorpus(
        name + "+" + other.name, Stream.concat(content.stream(), other.content.stream()).toList());
  }

  @Override
  public String revision() {
    return "0";
  }

  @Override
  public Stream<Document> documents() {
    return content.stream();
  }

  /** Bytes as tokens, and no model. */
  public static Surroundings seeded(long seed) {
    return new Surroundings(
        new ByteTokenizer(),
        () -> {
          throw new AssertionError("this selector needs no model");
        },
        new SplittableRandom(seed));
  }
}
