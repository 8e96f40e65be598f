package tare.data;

import java.util.stream.Stream;

/** A pool of documents from which calibration samples are chosen. */
public interface Corpus {

  /** The name that results carry, for instance {@code news}. */
  String name();

  /** What pins the content: the SHA-256 of the file it is read from, in hexadecimal. */
  String revision();

  /** The documents, always in the same order; close the stream. */
  Stream<Document> documents();
}
