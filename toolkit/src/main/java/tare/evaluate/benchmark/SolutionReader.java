package tare.evaluate.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tare.evaluate.Fields;
import tare.evaluate.Solutions;
import tare.evaluate.SolvedItem;

/**
 * Turns records into problems with their solutions, without solved examples before them.
 *
 * @param written the form of the same records in which the model writes the solution
 */
record SolutionReader(RecordReader written) implements RecordReader {

  @Override
  public Solutions task(
      String name, String version, List<Fields> records, List<Fields> examples, int limit) {
    List<SolvedItem> items = new ArrayList<>();
    for (Fields record : records.subList(0, Math.min(limit, records.size()))) {
      items.add(solved(String.format(Locale.ROOT, "%05d", items.size()), record));
    }
    return new Solutions(name, version, items);
  }

  @Override
  public SolvedItem solved(String id, Fields record) {
    return written.solved(id, record);
  }
}
