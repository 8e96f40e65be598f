package tare.notebook;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The Jupyter kernel of this process. It is reached by reflection, so that the toolkit compiles
 * without a kernel. JJava descends from IJava, and both have the same method names.
 */
final class Frontend {

  private final Object kernel;
  private final Class<?> displayData;

  private Frontend(Object kernel, Class<?> displayData) {
    this.kernel = kernel;
    this.displayData = displayData;
  }

  /** The kernel; empty outside a notebook. */
  static Optional<Frontend> running() {
    return kernel("org.dflib.jjava.jupyter.kernel.BaseKernel", "notebookKernel")
        .or(() -> kernel("io.github.spencerpark.ijava.IJava", "getKernelInstance"));
  }

  private static Optional<Frontend> kernel(String className, String instance) {
    try {
      Object kernel = Class.forName(className).getMethod(instance).invoke(null);
      return Optional.ofNullable(kernel)
          .map(found -> new Frontend(found, displayMethod(found).getParameterTypes()[0]));
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    } catch (ReflectiveOperationException e) {
      throw unknown(e);
    }
  }

  /** Shows an output below the cell. */
  void display(Rendering rendering) {
    call(kernel, "display", displayData, data(rendering));
  }

  /** A line below the cell that each call replaces. */
  Consumer<String> slot() {
    String id = UUID.randomUUID().toString();
    boolean[] shown = {false};
    return text -> {
      Object data = data(Rendering.text(text));
      if (shown[0]) {
        update(id, data);
      } else {
        call(data, "setDisplayId", String.class, id);
        call(kernel, "display", displayData, data);
        shown[0] = true;
      }
    };
  }

  private void update(String id, Object data) {
    try {
      Object io = kernel.getClass().getMethod("getIO").invoke(kernel);
      Object stream = io.getClass().getField("display").get(io);
      stream
          .getClass()
          .getMethod("updateDisplay", String.class, displayData)
          .invoke(stream, id, data);
    } catch (ReflectiveOperationException e) {
      throw unknown(e);
    }
  }

  private Object data(Rendering rendering) {
    try {
      Object data = displayData.getConstructor().newInstance();
      put(data, "putData", rendering.data());
      put(data, "putMetaData", rendering.metadata());
      return data;
    } catch (ReflectiveOperationException e) {
      throw unknown(e);
    }
  }

  private static void put(Object data, String method, Map<String, Object> values)
      throws ReflectiveOperationException {
    Method put = data.getClass().getMethod(method, String.class, Object.class);
    for (Map.Entry<String, Object> value : values.entrySet()) {
      put.invoke(data, value.getKey(), value.getValue());
    }
  }

  private static void call(Object target, String method, Class<?> type, Object argument) {
    try {
      target.getClass().getMethod(method, type).invoke(target, argument);
    } catch (ReflectiveOperationException e) {
      throw unknown(e);
    }
  }

  private static Method displayMethod(Object kernel) {
    return Stream.of(kernel.getClass().getMethods())
        .filter(method -> method.getName().equals("display") && method.getParameterCount() == 1)
        .findFirst()
        .orElseThrow(() -> unknown(new NoSuchMethodException("display")));
  }

  private static IllegalStateException unknown(ReflectiveOperationException e) {
    return new IllegalStateException(
        "This Java kernel is neither JJava 1.0 nor IJava 1.3, so nothing can be shown in it.", e);
  }
}
