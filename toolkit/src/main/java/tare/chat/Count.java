package tare.chat;

import java.util.List;
import tare.data.Marks;
import tare.data.Marks.Span;

/** Which tokens of a conversation count when a compressor looks at the activations. */
public enum Count {
  /** All tokens. */
  ALL,
  /** What the assistant would write: its answers, with the marks that end them. */
  ASSISTANT,
  /** The contents of all turns, without what the template writes around them. */
  CONTENT,
  /** The contents of the assistant's turns. */
  ANSWERS;

  /** The parts of a text that do not count. */
  List<Span> uncounted(Turns turns) {
    return switch (this) {
      case ALL -> List.of();
      case ASSISTANT -> Marks.others(turns.assistant(), turns.text().length());
      case CONTENT -> Marks.others(turns.contents(), turns.text().length());
      case ANSWERS -> Marks.others(turns.answers(), turns.text().length());
    };
  }
}
