package tare.study;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The records that study files and the command line may name, each with its defaults. A record is
 * written as one JSON object: its name under a key, and then, in alphabetical order, the settings
 * that differ from the defaults.
 *
 * <p>A setting is a component of the record. {@link JsonProperty} may give it another name, and
 * {@link JsonProperty#required} marks a setting without a default in files. If a record fills in a
 * component that is null, the component's default follows the other settings. A component with
 * {@link JsonUnwrapped} is a record whose settings stand among the others, except for those that
 * {@link JsonIgnoreProperties} names.
 *
 * @param <T> common type of the records
 */
public final class Catalogue<T> {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /**
   * A setting in files and on the command line.
   *
   * @param name its name in files
   * @param type type of its values; for an optional setting, the type of its content
   * @param required whether it has no default in a file
   * @param description its effect, from {@link JsonPropertyDescription}; may be empty
   * @param standard its value in the default record
   */
  public record Setting(
      String name, Class<?> type, boolean required, String description, Object standard) {

    /** Its option on the command line: {@code --group-size} for {@code groupSize}. */
    public String option() {
      return "--" + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
  }

  /** A setting that cannot be read. */
  static final class Wrong extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
    private final String field;

    Wrong(String field, String message, Throwable cause) {
      super(message, cause);
      this.field = field;
    }

    String field() {
      return field;
    }
  }

  /** Reads the content of a field; what is refused there is told with its place. */
  static <R> R within(String field, Supplier<R> reading) {
    try {
      return reading.get();
    } catch (UnknownField unknown) {
      throw new UnknownField(field + "." + unknown.field(), unknown.known());
    } catch (Wrong wrong) {
      throw new Wrong(field + "." + wrong.field(), wrong.getMessage(), wrong);
    } catch (IllegalArgumentException e) {
      throw new Wrong(field, e.getMessage(), e);
    }
  }

  private final String key;
  private final Function<Class<?>, String> nameOf;
  private final Map<String, T> defaults = new LinkedHashMap<>();

  /**
   * Makes a catalogue.
   *
   * @param key the field that holds the name, for instance {@code method}
   * @param nameOf gives the name of a kind of record
   * @param defaults one record of each kind
   */
  Catalogue(String key, Function<Class<?>, String> nameOf, List<T> defaults) {
    this.key = key;
    this.nameOf = nameOf;
    defaults.forEach(each -> this.defaults.put(nameOf.apply(each.getClass()), each));
  }

  /**
   * Lets Jackson read and write a catalogue's values wherever they stand in a study.
   *
   * @param type common type of the values
   * @param json writes a value
   * @param read reads what {@code json} writes; what it refuses is told with its place in the file
   */
  static <T> SimpleModule module(
      Class<T> type, Function<T, ObjectNode> json, Function<JsonNode, T> read) {
    JsonSerializer<T> writer =
        new JsonSerializer<>() {
          @Override
          public void serialize(T value, JsonGenerator out, SerializerProvider provider)
              throws IOException {
            out.writeTree(json.apply(value));
          }
        };
    JsonDeserializer<T> reader =
        new JsonDeserializer<>() {
          @Override
          public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            JsonNode value = context.readTree(in);
            try {
              return read.apply(value);
            } catch (UnknownField unknown) {
              List<Object> known = new ArrayList<>(unknown.known());
              throw UnrecognizedPropertyException.from(in, type, unknown.field(), known);
            } catch (Wrong wrong) {
              JsonMappingException located =
                  JsonMappingException.from(in, wrong.getMessage(), wrong);
              located.prependPath(type, wrong.field());
              throw located;
            } catch (IllegalArgumentException e) {
              throw JsonMappingException.from(in, e.getMessage(), e);
            }
          }
        };
    return new SimpleModule(type.getName())
        .addSerializer(type, writer)
        .addDeserializer(type, reader);
  }

  /** All names. */
  Set<String> names() {
    return defaults.keySet();
  }

  /** Whether values of this kind can be read from JSON. */
  boolean has(T value) {
    T standard = defaults.get(nameOf.apply(value.getClass()));
    return standard != null && standard.getClass().equals(value.getClass());
  }

  /**
   * The default record with this name.
   *
   * @throws IllegalArgumentException if there is none; the message lists all names
   */
  T standard(String name) {
    T standard = defaults.get(name);
    if (standard == null) {
      throw new IllegalArgumentException(
          "No %s is called '%s'. Known: %s".formatted(key, name, String.join(", ", names())));
    }
    return standard;
  }

  /** The settings of a kind, in the order of its record's components. */
  List<Setting> settings(String name) {
    return settings(standard(name));
  }

  private static List<Setting> settings(Object record) {
    List<Setting> settings = new ArrayList<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = value(component, record);
      if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
        settings(value).stream()
            .filter(each -> !ignored(component).contains(each.name()))
            .forEach(settings::add);
      } else {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        JsonPropertyDescription description =
            component.getAccessor().getAnnotation(JsonPropertyDescription.class);
        settings.add(
            new Setting(
                name(component),
                content(component) instanceof Class<?> type ? type : Object.class,
                property != null && property.required(),
                description == null ? "" : description.value(),
                value));
      }
    }
    return settings;
  }

  /**
   * The JSON object of a record, from which {@link #read} makes an equal one: the name, and the
   * settings that differ from the defaults.
   */
  ObjectNode json(T value) {
    ObjectNode all = all(value);
    if (!has(value)) {
      return all;
    }
    for (String field : fields(all)) {
      ObjectNode without = all.deepCopy();
      without.remove(field);
      try {
        all = read(without).equals(value) ? without : all;
      } catch (IllegalArgumentException e) {
        // reading would not give an equal record without it
      }
    }
    return all;
  }

  /**
   * The name and all settings, in alphabetical order. The record may be of an unknown kind.
   *
   * @throws IllegalArgumentException if the value is not a record
   */
  ObjectNode all(T value) {
    ObjectNode json = JSON.createObjectNode().put(key, nameOf.apply(value.getClass()));
    Map<String, Object> values = new TreeMap<>();
    collect(value, values);
    values.forEach(
        (name, each) -> {
          Object content = each instanceof Optional<?> optional ? optional.orElse(null) : each;
          if (content != null) {
            json.set(name, node(content));
          }
        });
    return json;
  }

  private static void collect(Object value, Map<String, Object> values) {
    if (!value.getClass().isRecord()) {
      throw new IllegalArgumentException(
          "%s is not a record, so its settings cannot be recorded. Write it as a record, for instance: record Mine(double power) implements Compressor { ... }"
              .formatted(value.getClass().getSimpleName()));
    }
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
        Map<String, Object> unwrapped = new TreeMap<>();
        collect(value(component, value), unwrapped);
        unwrapped.keySet().removeAll(ignored(component));
        values.putAll(unwrapped);
      } else {
        values.put(name(component), value(component, value));
      }
    }
  }

  private JsonNode node(Object content) {
    if (isKind(content.getClass())) {
      @SuppressWarnings("unchecked") // the class of one of the defaults
      T nested = (T) content;
      return json(nested);
    }
    try {
      return JSON.valueToTree(content);
    } catch (IllegalArgumentException e) {
      return JSON.getNodeFactory().textNode(content.toString());
    }
  }

  private boolean isKind(Type type) {
    return defaults.values().stream().anyMatch(each -> each.getClass().equals(type));
  }

  /**
   * Reads a record from a JSON object of {@link #json}.
   *
   * @throws Wrong if a field is unknown, missing or of the wrong type
   * @throws IllegalArgumentException if the name is unknown, or the record refuses its settings
   */
  T read(JsonNode json) {
    if (!json.isObject() || !json.path(key).isTextual()) {
      throw new IllegalArgumentException(
          "expected an object with a %s: one of %s".formatted(key, String.join(", ", names())));
    }
    T standard = standard(json.get(key).asText());
    List<String> known = settings(standard).stream().map(Setting::name).toList();
    for (String field : fields((ObjectNode) json)) {
      if (!known.contains(field)) {
        throw new UnknownField(field, known);
      }
    }
    @SuppressWarnings("unchecked") // the class of a T
    T read = (T) build(standard, json);
    return read;
  }

  /** A field that belongs to no setting. */
  static final class UnknownField extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
    private final String field;
    private final transient Collection<String> known;

    UnknownField(String field, Collection<String> known) {
      super("unknown field %s; known fields here: %s".formatted(field, String.join(", ", known)));
      this.field = field;
      this.known = known;
    }

    String field() {
      return field;
    }

    Collection<String> known() {
      return known;
    }
  }

  private List<String> fields(ObjectNode json) {
    List<String> fields = new ArrayList<>();
    json.fieldNames().forEachRemaining(fields::add);
    fields.remove(key);
    return fields;
  }

  private Object build(Object standard, JsonNode json) {
    RecordComponent[] components = standard.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      JsonNode given = json.get(name(component));
      JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
      if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
        values[i] = build(value(component, standard), json);
      } else if (given != null && !given.isNull()) {
        values[i] = read(given, component);
      } else if (property != null && property.required()) {
        throw missing(component);
      } else {
        values[i] = fillsIn(standard, i) ? null : value(component, standard);
      }
    }
    Object record = made(standard.getClass(), values);
    for (int i = 0; i < components.length; i++) {
      Object kept = value(components[i], record);
      if (json.hasNonNull(name(components[i])) && !Objects.equals(kept, values[i])) {
        throw new Wrong(
            name(components[i]),
            "with the other settings this is always %s, not %s".formatted(kept, values[i]),
            null);
      }
    }
    return record;
  }

  private static Wrong missing(RecordComponent component) {
    JsonPropertyDescription what =
        component.getAccessor().getAnnotation(JsonPropertyDescription.class);
    String name = name(component);
    return new Wrong(
        name,
        "the setting " + name + " is missing" + (what == null ? "" : ": " + what.value()),
        null);
  }

  /** Whether a record fills in one of its components if it is null, with the same result. */
  private static boolean fillsIn(Object standard, int component) {
    RecordComponent[] components = standard.getClass().getRecordComponents();
    if (components[component].getType().isPrimitive()) {
      return false;
    }
    Object[] values = Arrays.stream(components).map(each -> value(each, standard)).toArray();
    values[component] = null;
    try {
      return made(standard.getClass(), values).equals(standard);
    } catch (IllegalArgumentException | NullPointerException e) {
      return false;
    }
  }

  private Object read(JsonNode given, RecordComponent component) {
    Type content = content(component);
    Object value;
    if (isKind(content)) {
      value = within(name(component), () -> read(given));
      if (!value.getClass().equals(content)) {
        throw new Wrong(
            name(component),
            "only %s is allowed here, not %s"
                .formatted(nameOf.apply((Class<?>) content), given.get(key).asText()),
            null);
      }
    } else {
      try {
        JavaType type = JSON.constructType(content);
        boolean text = !component.getType().isPrimitive() && given.isNumber();
        value = JSON.treeToValue(text && isText(type) ? asText(given) : given, type);
      } catch (JsonProcessingException e) {
        throw new Wrong(name(component), explained(e, given), e);
      }
    }
    return component.getType() == Optional.class ? Optional.of(value) : value;
  }

  /** Says what is wrong with a value, without the names of Java classes where possible. */
  private static String explained(JsonProcessingException e, JsonNode given) {
    if (e.getCause() instanceof IllegalArgumentException refused) {
      return refused.getMessage();
    }
    if (!(e instanceof MismatchedInputException wrong) || wrong.getTargetType() == null) {
      return e.getOriginalMessage();
    }
    Class<?> type = wrong.getTargetType();
    String expected =
        type.isEnum()
            ? "one of "
                + Stream.of(type.getEnumConstants())
                    .map(String::valueOf)
                    .collect(Collectors.joining(", "))
            : type == int.class || type == long.class
                ? "a whole number"
                : type == double.class
                    ? "a number"
                    : type == boolean.class ? "true or false" : "text";
    return "expected %s, not %s".formatted(expected, given);
  }

  /** Whether values are written as text, so that a number is read as its digits. */
  private static boolean isText(JavaType type) {
    return !type.isEnumType() && !Number.class.isAssignableFrom(type.getRawClass());
  }

  private static JsonNode asText(JsonNode number) {
    return JSON.getNodeFactory().textNode(number.asText());
  }

  private static Type content(RecordComponent component) {
    return component.getType() == Optional.class
            && component.getGenericType() instanceof ParameterizedType optional
        ? optional.getActualTypeArguments()[0]
        : component.getGenericType();
  }

  private static Set<String> ignored(RecordComponent component) {
    JsonIgnoreProperties ignored =
        component.getAccessor().getAnnotation(JsonIgnoreProperties.class);
    return ignored == null ? Set.of() : Set.of(ignored.value());
  }

  private static String name(RecordComponent component) {
    JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
    return property == null || property.value().isEmpty() ? component.getName() : property.value();
  }

  private static Object value(RecordComponent component, Object record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }

  private static Object made(Class<?> type, Object[] values) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refused) {
        throw refused;
      }
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be made", e);
    }
  }
}
