package tare.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Each byte of UTF-8 is a token, 0 to 255. */
public record ByteTokenizer() implements TextTokenizer {

  @Override
  public int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = Byte.toUnsignedInt(bytes[i]);
    }
    return tokens;
  }

  @Override
  public int[][] places(String text) {
    List<int[]> places = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int[] place = {at, text.offsetByCodePoints(at, 1)};
      int bytes = text.substring(at, place[1]).getBytes(StandardCharsets.UTF_8).length;
      places.addAll(Collections.nCopies(bytes, place));
      at = place[1];
    }
    return places.toArray(int[][]::new);
  }

  @Override
  public String decode(int[] tokens) {
    byte[] bytes = new byte[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      bytes[i] = (byte) tokens[i];
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
