package tare.select;

import java.util.function.Supplier;
import tare.model.DecoderModel;

/** A model that is loaded when it is first asked for, once, and closed with this. */
public final class ModelOnDemand implements Supplier<DecoderModel>, AutoCloseable {

  private final Supplier<DecoderModel> loading;
  private DecoderModel model;

  /** Remembers how to load; nothing is loaded yet. */
  public ModelOnDemand(Supplier<DecoderModel> loading) {
    this.loading = loading;
  }

  @Override
  public synchronized DecoderModel get() {
    if (model == null) {
      model = loading.get();
    }
    return model;
  }

  @Override
  public synchronized void close() {
    if (model != null) {
      model.close();
      model = null;
    }
  }
}
