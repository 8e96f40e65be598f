package tare.evaluate.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import tare.evaluate.Fields;
import tare.evaluate.LastWord;
import tare.evaluate.Request;
import tare.evaluate.SolvedItem;

/**
 * Turns records into passages whose last word is scored.
 *
 * @param reading gives a record's passage, and its last word with the space before it
 */
record LastWordReader(Function<Fields, Request.Continuation> reading) implements RecordReader {

  @Override
  public LastWord task(
      String name, String version, List<Fields> records, List<Fields> examples, int limit) {
    List<LastWord.Item> items = new ArrayList<>();
    for (Fields record : records.subList(0, Math.min(limit, records.size()))) {
      items.add(
          new LastWord.Item(
              String.format(Locale.ROOT, "%05d", items.size()), reading.apply(record)));
    }
    return new LastWord(name, version, items);
  }

  @Override
  public SolvedItem solved(String id, Fields record) {
    Request.Continuation passage = reading.apply(record);
    return new SolvedItem(id, passage.context(), passage.continuation());
  }
}
