package tare.calibrate;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import tare.compress.Rotation;
import tare.compress.Rotation.Turn;
import tare.format.TensorSource;
import tare.model.Architecture;
import tare.model.Checkpoint;
import tare.model.ModelConfig;
import tare.model.ModelPart;

/**
 * The weights of a model whose residual stream x is turned to Q x, and whose heads' values v are
 * turned to Q′ v (QuaRot, Ashkboos et al. 2024, section 4: R1 and R2). The model computes the same.
 *
 * <ul>
 *   <li>What reads the residual stream after a norm with gain g becomes W diag(g) Qᵀ, and the gain
 *       becomes 1.
 *   <li>What writes to the residual stream becomes Q W, its bias Q b.
 *   <li>The embedding becomes E Qᵀ. The output matrix reads the last norm.
 *   <li>Values become (I ⊗ Q′) V, and what reads them O (I ⊗ Q′)ᵀ, head by head.
 * </ul>
 *
 * <p>A tensor is turned when it is read, in float64.
 *
 * @param base the original tensors
 * @param changes how the tensors change, by name
 */
record RotatedTensors(TensorSource base, Map<String, Change> changes) implements TensorSource {

  /**
   * A changed tensor.
   *
   * @param from name of the original tensor
   * @param ofRows changes rows of the matrix, whichever they are, in place
   * @param whole changes the whole tensor after that, in place, if anything does
   */
  record Change(
      String from, UnaryOperator<float[]> ofRows, Optional<UnaryOperator<float[]>> whole) {

    /** Only rows are changed, each by itself. */
    Change(String from, UnaryOperator<float[]> ofRows) {
      this(from, ofRows, Optional.empty());
    }

    /** Only the whole tensor is changed. */
    static Change whole(String from, UnaryOperator<float[]> whole) {
      return new Change(from, UnaryOperator.identity(), Optional.of(whole));
    }
  }

  @Override
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>(base.names());
    names.addAll(changes.keySet());
    return names;
  }

  @Override
  public Shape shape(String name) {
    Change change = changes.get(name);
    return base.shape(change == null ? name : change.from());
  }

  @Override
  public float[] values(String name) {
    Change change = changes.get(name);
    if (change == null) {
      return base.values(name);
    }
    float[] values = change.ofRows().apply(base.values(change.from()).clone());
    return change.whole().map(whole -> whole.apply(values)).orElse(values);
  }

  @Override
  public float[] rows(String name, int[] rows) {
    Change change = changes.get(name);
    if (change == null) {
      return base.rows(name, rows);
    }
    return change.whole().isEmpty()
        ? change.ofRows().apply(base.rows(change.from(), rows).clone())
        : TensorSource.super.rows(name, rows);
  }

  /**
   * A model that is rotated.
   *
   * @throws IllegalArgumentException if its norms are LayerNorms, or come after the sum with the
   *     residual stream; the message names the family
   */
  static Checkpoint of(Checkpoint checkpoint, Rotation rotation) {
    ModelConfig config = checkpoint.config();
    Architecture architecture = config.architecture();
    boolean plain = !architecture.layerNorm() && architecture.lastNorm();
    if (!plain
        || architecture.normAfter()
        || architecture.outputNorms()
        || architecture.addsOne()) {
      throw new IllegalArgumentException(
          "%s is of the family %s, whose norms a rotation would change: they take off the mean, or stand after a layer. Rotate a model with RMSNorms before its layers only, or leave the rotation out."
              .formatted(checkpoint.path(), architecture.family()));
    }
    checkpoint.requireDense();
    return new Checkpoint(
        checkpoint.path(),
        config.withTiedHead(false),
        of(
            checkpoint.tensors(),
            config,
            rotation.turn(config.width()),
            rotation.turn(config.headWidth())),
        checkpoint.tokenizer(),
        checkpoint.hash(),
        checkpoint.inputs());
  }

  /**
   * The rotated tensors of a model.
   *
   * @param stream Q, of the model's width
   * @param head Q′, of a head's width
   */
  static RotatedTensors of(TensorSource base, ModelConfig config, Turn stream, Turn head) {
    return new RotatedTensors(base, new Turned(base, config, stream, head).all());
  }

  /** Collects the changes of all tensors. */
  private record Turned(TensorSource base, ModelConfig config, Turn stream, Turn head) {

    Map<String, Change> all() {
      Architecture names = config.architecture();
      Map<String, Change> all = new LinkedHashMap<>();
      String embedding = names.weight(ModelPart.EMBEDDING);
      String last = names.weight(ModelPart.LAST_NORM);
      String output = names.weight(ModelPart.HEAD);
      all.put(embedding, new Change(embedding, rows(stream)));
      all.put(output, new Change(config.tiedHead() ? embedding : output, after(last)));
      all.put(last, ones(last));
      for (int b = 0; b < config.blocks(); b++) {
        String attention = names.weight(ModelPart.ATTENTION_NORM, b);
        String mlp = names.weight(ModelPart.MLP_NORM, b);
        all.put(attention, ones(attention));
        all.put(mlp, ones(mlp));
        put(ModelPart.Q, b, name -> new Change(name, after(attention)), all);
        put(ModelPart.K, b, name -> new Change(name, after(attention)), all);
        put(
            ModelPart.V,
            b,
            name -> new Change(name, after(attention), Optional.of(columns(head, config.width()))),
            all);
        bias(ModelPart.V, b, head, all);
        put(ModelPart.UP, b, name -> new Change(name, after(mlp)), all);
        if (names.gated()) {
          put(ModelPart.GATE, b, name -> new Change(name, after(mlp)), all);
        }
        int mixed = config.heads() * config.headWidth();
        put(
            ModelPart.O,
            b,
            name -> new Change(name, rows(head), Optional.of(columns(stream, mixed))),
            all);
        bias(ModelPart.O, b, stream, all);
        put(ModelPart.DOWN, b, name -> Change.whole(name, columns(stream, config.hidden())), all);
        bias(ModelPart.DOWN, b, stream, all);
      }
      return all;
    }

    private void put(
        ModelPart part, int block, Function<String, Change> change, Map<String, Change> all) {
      String name = config.architecture().weight(part, block);
      all.put(name, change.apply(name));
    }

    private void bias(ModelPart part, int block, Turn turn, Map<String, Change> all) {
      if (config.architecture().biased().contains(part)) {
        String name = config.architecture().bias(part, block);
        all.put(name, Change.whole(name, rows(turn)));
      }
    }

    /** Rows w become w diag(g) Qᵀ. */
    private UnaryOperator<float[]> after(String norm) {
      return rows -> {
        float[] gain = base.values(norm);
        for (int i = 0; i < rows.length; i++) {
          rows[i] *= gain[i % gain.length];
        }
        return rows(stream).apply(rows);
      };
    }

    /** Turns each row, or each part of a row that has the size of the turn. */
    private static UnaryOperator<float[]> rows(Turn turn) {
      return vectors -> {
        turn.apply(vectors);
        return vectors;
      };
    }

    /** Turns each column of a matrix with so many columns, or each part of a column. */
    private static UnaryOperator<float[]> columns(Turn turn, int columns) {
      return matrix -> {
        float[] turned = transposed(matrix, columns);
        turn.apply(turned);
        return transposed(turned, matrix.length / columns);
      };
    }

    private static float[] transposed(float[] matrix, int columns) {
      int rows = matrix.length / columns;
      float[] turned = new float[matrix.length];
      IntStream.range(0, columns)
          .parallel()
          .forEach(
              column -> {
                for (int row = 0; row < rows; row++) {
                  turned[column * rows + row] = matrix[row * columns + column];
                }
              });
      return turned;
    }

    private static Change ones(String norm) {
      return Change.whole(
          norm,
          gain -> {
            Arrays.fill(gain, 1);
            return gain;
          });
    }
  }
}
