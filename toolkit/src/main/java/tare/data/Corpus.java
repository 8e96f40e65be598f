package tare.data;

import java.util.stream.Stream;

/** A pool of documents from which calibration samples are chosen. */
public interface Corpus {

  /** The name that results carry, for instance {@code news}. */
  String name();

  /** Identifies the content: the SHA-256 of the corpus file, in hexadecimal. */
  String revision();

  /** The documents, always in the same order. The caller closes the stream. */
  Stream<Document> documents();
}
