package tare.compress;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/**
 * A way to compress a whole model, as study files, the command line and notebooks name it: {@code
 * new Gptq(3, 64)}, {@code new Awq(3, 64).unclipped()}, {@code new Wanda(0.5).then(new Rtn(4,
 * 64))}.
 */
public interface Method {

  /** In which steps the linear layers of a block are compressed. */
  enum Schedule {
    /** The inputs of all linear layers are observed at once, before any of them is compressed. */
    BLOCK("block by block"),
    /**
     * The inputs of each group are observed after the groups before it are compressed (GPTQ's
     * {@code --true-sequential}). Methods that are calibrated on the original model are not
     * affected.
     */
    TRUE_SEQUENTIAL("true-sequential");

    private final String label;

    Schedule(String label) {
      this.label = label;
    }

    /** The schedule's name in results. */
    public String label() {
      return label;
    }
  }

  /** The model as it is, which is the baseline of every comparison. */
  @JsonTypeName("none")
  record Uncompressed() implements Method {

    @Override
    public Recipe recipe() {
      throw new IllegalStateException("The uncompressed model has no recipe");
    }

    @Override
    public String label() {
      return "none";
    }

    @Override
    public boolean calibrated() {
      return false;
    }
  }

  /** What is done to the linear layers of the model. */
  Recipe recipe();

  /** The short name in the column {@code method} of results. */
  default String label() {
    return recipe().name();
  }

  /** Whether the compressed weights depend on the calibration set. */
  default boolean calibrated() {
    return recipe().calibrated();
  }

  /** In which steps the linear layers of a block are compressed. */
  default Schedule schedule() {
    return Schedule.BLOCK;
  }

  /**
   * The name of a kind of method in study files: the value of {@link JsonTypeName}, or else the
   * simple name of the class.
   */
  static String nameOf(Class<?> type) {
    JsonTypeName name = type.getAnnotation(JsonTypeName.class);
    return name == null ? type.getSimpleName() : name.value();
  }

  /**
   * Returns a copy with one changed setting, for methods such as {@link Gptq#damping(double)}.
   *
   * @param component name of the record's component
   * @throws IllegalArgumentException if the value does not suit
   */
  static <R extends Record> R with(R settings, String component, Object value) {
    RecordComponent[] components = settings.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    boolean found = false;
    try {
      for (int i = 0; i < components.length; i++) {
        boolean changed = components[i].getName().equals(component);
        found |= changed;
        types[i] = components[i].getType();
        values[i] = changed ? value : components[i].getAccessor().invoke(settings);
      }
      if (!found) {
        throw new IllegalStateException(
            component
                + " is not among the settings "
                + Arrays.toString(components)
                + " of "
                + settings);
      }
      @SuppressWarnings("unchecked") // the class of an R
      Constructor<R> constructor = (Constructor<R>) settings.getClass().getConstructor(types);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException wrong) {
        throw wrong;
      }
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("The record " + settings.getClass() + " is not public", e);
    }
  }
}
