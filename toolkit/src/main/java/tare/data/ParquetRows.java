package tare.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.ParquetDecodingException;
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
   * Reads all rows, in their order.
   *
   * @throws IOException if the file is missing, damaged or not Parquet
   */
  static void read(Path file, Consumer<ObjectNode> receiver) throws IOException {
    try (ParquetFileReader reader =
        tried(
            file,
            () -> ParquetFileReader.open(new LocalInputFile(file), options(Files.size(file))))) {
      MessageType schema = reader.getFileMetaData().getSchema();
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(schema);
      for (PageReadStore group = tried(file, reader::readNextRowGroup);
          group != null;
          group = tried(file, reader::readNextRowGroup)) {
        PageReadStore pages = group;
        RecordReader<Group> records =
            tried(file, () -> columns.getRecordReader(pages, new GroupRecordConverter(schema)));
        for (long row = 0; row < group.getRowCount(); row++) {
          receiver.accept(tried(file, () -> object((SimpleGroup) records.read())));
        }
      }
    }
  }

  private static ParquetReadOptions options(long fileBytes) {
    PlainParquetConfiguration plain = new PlainParquetConfiguration();
    return ParquetReadOptions.builder(plain)
        .withAllocator(new Bounded(fileBytes))
        .withCodecFactory(new Codecs(new CodecFactory(plain, 0)))
        .build();
  }

  /** Gives memory for parts of the file, which are no larger than the file. */
  private record Bounded(long fileBytes) implements ByteBufferAllocator {
    @Override
    public ByteBuffer allocate(int size) {
      if (size > fileBytes) {
        throw new ParquetDecodingException(
            "it claims " + size + " bytes, but the file has " + fileBytes);
      }
      return ByteBuffer.allocate(size);
    }

    @Override
    public void release(ByteBuffer buffer) {
      // the heap takes it back
    }

    @Override
    public boolean isDirect() {
      return false;
    }
  }

  /** Adds gzip, which the library leaves to Hadoop, and a bound on what a page may claim. */
  private record Codecs(CompressionCodecFactory library) implements CompressionCodecFactory {
    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
      return new BoundedPages(
          name == CompressionCodecName.GZIP ? new Gzip() : library.getDecompressor(name));
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
      return library.getCompressor(name);
    }

    @Override
    public void release() {
      library.release();
    }
  }

  /** Refuses a page that claims to be many times as large as what it is unpacked from. */
  private record BoundedPages(CompressionCodecFactory.BytesInputDecompressor library)
      implements CompressionCodecFactory.BytesInputDecompressor {

    private static final long USUAL_PAGE = 1 << 24;
    private static final long MOST_TIMES = 1032; // what gzip reaches

    @Override
    public BytesInput decompress(BytesInput packed, int size) throws IOException {
      return library.decompress(packed, checked(size, packed.size()));
    }

    @Override
    public void decompress(ByteBuffer packed, int packedSize, ByteBuffer out, int size)
        throws IOException {
      library.decompress(packed, packedSize, out, checked(size, packedSize));
    }

    private static int checked(int size, long packed) {
      if (size > USUAL_PAGE + MOST_TIMES * packed) {
        throw new ParquetDecodingException(
            "a page of " + packed + " bytes claims to hold " + size + " bytes");
      }
      return size;
    }

    @Override
    public void release() {
      library.release();
    }
  }

  private record Gzip() implements CompressionCodecFactory.BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput packed, int size) throws IOException {
      return BytesInput.from(unpacked(packed.toInputStream(), size));
    }

    @Override
    public void decompress(ByteBuffer packed, int packedSize, ByteBuffer out, int size)
        throws IOException {
      byte[] bytes = new byte[packedSize];
      packed.get(bytes);
      out.put(unpacked(new ByteArrayInputStream(bytes), size));
    }

    private static byte[] unpacked(InputStream packed, int size) throws IOException {
      try (InputStream in = new GZIPInputStream(packed)) {
        return in.readNBytes(size);
      }
    }

    @Override
    public void release() {
      // holds nothing
    }
  }

  /** A step of reading. */
  private interface Step<T> {
    T take() throws IOException;
  }

  /** Names the file in every error of the library, but not in those of the receiver. */
  private static <T> T tried(Path file, Step<T> step) throws IOException {
    try {
      return step.take();
    } catch (NoSuchFileException e) {
      throw new IOException("There is no file " + file + ".", e);
    } catch (LinkageError e) {
      throw new IOException(
          file
              + ": compressed in a way that is not read. Write it again with zstd, snappy or gzip.",
          e);
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "%s cannot be read as Parquet: the file is damaged, incomplete or of another kind (%s)."
                  .formatted(file, e.getMessage())
              + " Get the file again.",
          e);
    }
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
