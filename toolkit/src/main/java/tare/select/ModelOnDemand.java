package tare.select;

import java.util.function.Supplier;
import tare.model.DecoderModel;

/** Loads a model at the first use, once, and closes it with this object. */
public final class ModelOnDemand implements Supplier<DecoderModel>, AutoCloseable {

  private final Supplier<DecoderModel> loading;
  private DecoderModel model;

  /** Stores how to load the model, without loading it. */
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
