package tare.notebook;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import tare.report.Numbers;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Turns records into a table whose columns are their components. */
final class RecordsAsTable {

  private static final Set<Class<?>> WHOLE = Set.of(int.class, long.class, short.class, byte.class);
  private static final Set<Class<?>> REAL = Set.of(double.class, float.class);

  private RecordsAsTable() {}

  static Table table(List<? extends Record> records) {
    if (records.isEmpty()) {
      throw new IllegalArgumentException("There is no record to make a table of.");
    }
    Class<?> type = records.get(0).getClass();
    return Table.create(
        Stream.of(type.getRecordComponents()).<Column<?>>map(c -> column(c, records)).toList());
  }

  private static Column<?> column(RecordComponent component, List<? extends Record> records) {
    String name =
        component.getName().replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    Class<?> type = component.getType();
    Stream<Object> values = records.stream().map(record -> value(component, record));
    if (WHOLE.contains(type)) {
      return LongColumn.create(name, values.mapToLong(v -> ((Number) v).longValue()).toArray());
    }
    if (REAL.contains(type)) {
      return Numbers.column(name, values.mapToDouble(v -> ((Number) v).doubleValue()).toArray());
    }
    if (type == boolean.class) {
      return BooleanColumn.create(name, values.map(v -> (Boolean) v).toList());
    }
    return StringColumn.create(name, values.map(v -> v == null ? "" : v.toString()).toList());
  }

  private static Object value(RecordComponent component, Record record) {
    try {
      // A record that a notebook cell or a test declares need not be public.
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The component " + component.getName() + " of " + record.getClass() + " cannot be read.",
          e);
    }
  }
}
