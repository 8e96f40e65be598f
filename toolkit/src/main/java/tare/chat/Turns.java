package tare.chat;

import java.util.List;
import tare.data.Marks.Span;

/**
 * Where the turns of a conversation stand in its text.
 *
 * @param text the whole text
 * @param contents the contents of all turns
 * @param answers the contents of the assistant's turns
 * @param assistant the assistant's turns, as the model would write them: from where the template
 *     lets it begin, to the mark that ends the turn
 */
record Turns(String text, List<Span> contents, List<Span> answers, List<Span> assistant) {}
