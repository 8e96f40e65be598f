package tare.evaluate.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** Reads the rows of a Parquet file as JSON objects: texts, numbers, lists and structures. */
final class ParquetRows {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ParquetRows() {}

  /**
   * Reads all rows.
   *
   * @throws IOException if the file is missing or is not Parquet
   */
  static List<JsonNode> read(Path file) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      MessageType schema = reader.getFileMetaData().getSchema();
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(schema);
      for (PageReadStore group = reader.readNextRowGroup();
          group != null;
          group = reader.readNextRowGroup()) {
        RecordReader<org.apache.parquet.example.data.Group> records =
            columns.getRecordReader(group, new GroupRecordConverter(schema));
        for (long row = 0; row < group.getRowCount(); row++) {
          rows.add(object((SimpleGroup) records.read()));
        }
      }
    } catch (RuntimeException e) {
      throw new IOException(file + " cannot be read as Parquet: " + e.getMessage(), e);
    }
    return rows;
  }

  private static ObjectNode object(SimpleGroup group) {
    ObjectNode object = JSON.objectNode();
    GroupType type = group.getType();
    for (int field = 0; field < type.getFieldCount(); field++) {
      Type of = type.getType(field);
      int count = group.getFieldRepetitionCount(field);
      if (of.isRepetition(Type.Repetition.REPEATED)) {
        ArrayNode array = JSON.arrayNode();
        for (int i = 0; i < count; i++) {
          array.add(value(group, field, i));
        }
        object.set(of.getName(), array);
      } else if (count > 0) {
        object.set(of.getName(), value(group, field, 0));
      }
    }
    return object;
  }

  private static JsonNode value(SimpleGroup group, int field, int index) {
    Type type = group.getType().getType(field);
    if (!type.isPrimitive()) {
      SimpleGroup inner = (SimpleGroup) group.getGroup(field, index);
      boolean isList =
          type.getLogicalTypeAnnotation()
              instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation;
      return isList ? list(inner) : object(inner);
    }
    return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> JSON.booleanNode(group.getBoolean(field, index));
      case INT32 -> JSON.numberNode(group.getInteger(field, index));
      case INT64 -> JSON.numberNode(group.getLong(field, index));
      case FLOAT -> JSON.numberNode(group.getFloat(field, index));
      case DOUBLE -> JSON.numberNode(group.getDouble(field, index));
      case INT96, BINARY, FIXED_LEN_BYTE_ARRAY ->
          JSON.textNode(group.getBinary(field, index).toStringUsingUTF8());
    };
  }

  /**
   * Reads a list, which Parquet stores as a group of one repeated group with one field, the
   * element.
   */
  private static ArrayNode list(SimpleGroup list) {
    ArrayNode array = JSON.arrayNode();
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      SimpleGroup holder = (SimpleGroup) list.getGroup(0, i);
      array.add(holder.getFieldRepetitionCount(0) == 0 ? JSON.nullNode() : value(holder, 0, 0));
    }
    return array;
  }
}
