package tare.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.grid.TokenGrid;

/** What tells two models of the same weights apart. */
class CheckpointIdentityTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path TINY = Path.of("../data/tiny");

  @TempDir private Path folder;

  @Test
  void anotherTokenizerOrRoundedInputsMakeAnotherModel() throws IOException {
    for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.copy(TINY.resolve(name), folder.resolve(name));
    }
    Checkpoint tiny = Checkpoint.open(folder);
    String identity = tiny.identity();
    assertThat(Checkpoint.open(TINY).identity()).isEqualTo(identity);
    assertThat(tiny.withInputs(Optional.of(TokenGrid.FP8)).identity()).isNotEqualTo(identity);

    Path file = folder.resolve("tokenizer.json");
    ObjectNode tokenizer = (ObjectNode) JSON.readTree(file.toFile());
    JSON.writeValue(file.toFile(), tokenizer); // without white space
    assertThat(Checkpoint.open(folder).identity()).isEqualTo(identity);
    tokenizer.putObject("normalizer").put("type", "Lowercase");
    JSON.writeValue(file.toFile(), tokenizer);
    Checkpoint other = Checkpoint.open(folder);
    assertThat(other.revision()).isEqualTo(tiny.revision());
    assertThat(other.identity()).isNotEqualTo(identity);
  }
}
