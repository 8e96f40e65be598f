package tare.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tare.data.CalibrationSet;
import tare.data.ChatRecord;
import tare.data.ChatWriter;
import tare.data.Document;
import tare.data.Marks;
import tare.data.Marks.Span;
import tare.data.Provenance;
import tare.data.Sha256;
import tare.data.Windows;
import tare.model.generation.ChatTemplate;

/**
 * Writes conversations as text, as an instruction-tuned model reads them.
 *
 * <pre>{@code
 * ChatWriter writer = new ChatText(Optional.empty(), "", Count.ANSWERS);
 * Path file = Path.of("data/fetched/corpora/chat.jsonl");
 * CorpusFile talks = CorpusFile.read(file, CorpusSide.ALL, "text", writer);
 * }</pre>
 *
 * @param template the chat template; empty to write the contents alone, with blank lines between
 * @param system system message of the conversations that have none; blank for none
 * @param count which tokens count
 */
public record ChatText(Optional<ChatTemplate> template, String system, Count count)
    implements ChatWriter {

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the template refuses the conversation, or changes the
   *     contents so that they cannot be found
   */
  @Override
  public Document write(ChatRecord chat, String id, String source) {
    ChatRecord whole = chat.system(system);
    return template.isPresent()
        ? templated(new TemplateTurns(template.get(), whole).turns(count), id, source)
        : plain(Turns.plain(whole), id, source);
  }

  private Document templated(Turns turns, String id, String source) {
    List<Span> written = Marks.others(turns.contents(), turns.text().length());
    return new Document(id, source, turns.text(), new Marks(written, count.uncounted(turns)));
  }

  /** A text with marks ends as it stands, so that it needs a blank line of its own. */
  private Document plain(Turns turns, String id, String source) {
    if (count == Count.ALL || count == Count.CONTENT) {
      return new Document(id, source, turns.text());
    }
    int end = turns.text().length();
    List<Span> uncounted = new ArrayList<>(count.uncounted(turns));
    uncounted.add(new Span(end, end + Windows.JOINT.length()));
    return new Document(id, source, turns.text() + Windows.JOINT, new Marks(List.of(), uncounted));
  }

  /**
   * What the provenance of a set says of its conversations.
   *
   * @param vote what has one vote: {@code token} or {@code sample}
   */
  public Provenance.Chat provenance(CalibrationSet set, String vote) {
    return new Provenance.Chat(
        template.map(each -> each.origin().toString()).orElse(null),
        template.map(each -> Sha256.hex(each.template())).orElse(null),
        system,
        count.name().toLowerCase(Locale.ROOT),
        vote,
        set.templateShare(),
        set.countedShare());
  }
}
