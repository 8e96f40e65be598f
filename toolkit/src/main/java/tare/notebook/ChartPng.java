package tare.notebook;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.knowm.xchart.internal.chartpart.Chart;

/** Paints a chart at twice its size, so that it is sharp on a dense screen. */
final class ChartPng {

  private static final int PIXELS_PER_POINT = 2;

  private ChartPng() {}

  /** The PNG file in base 64, as a notebook stores it. */
  static String base64(Chart<?, ?> chart) {
    BufferedImage image =
        new BufferedImage(
            chart.getWidth() * PIXELS_PER_POINT,
            chart.getHeight() * PIXELS_PER_POINT,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(PIXELS_PER_POINT, PIXELS_PER_POINT);
      chart.paint(graphics, chart.getWidth(), chart.getHeight());
    } finally {
      graphics.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("A picture in memory could not be written", e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
