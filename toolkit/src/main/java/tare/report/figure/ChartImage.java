package tare.report.figure;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.knowm.xchart.internal.chartpart.Chart;

/** Paints a chart at twice its size, so that it is sharp on a dense screen. */
public final class ChartImage {

  private static final int PIXELS_PER_POINT = 2;

  private ChartImage() {}

  /** The bytes of a PNG file. */
  public static byte[] png(Chart<?, ?> chart) {
    named(chart);
    return png(
        chart.getWidth(),
        chart.getHeight(),
        graphics -> chart.paint(graphics, chart.getWidth(), chart.getHeight()));
  }

  /** The bytes of a PNG file. */
  public static byte[] png(SmallMultiples charts) {
    return png(charts.width(), charts.height(), charts::paint);
  }

  /** Gives the title and the legend the names that papers use. */
  static Chart<?, ?> named(Chart<?, ?> chart) {
    chart.setTitle(HumanNames.in(chart.getTitle()));
    chart.getSeriesCollection().forEach(each -> each.setLabel(HumanNames.in(each.getLabel())));
    return chart;
  }

  private static byte[] png(int width, int height, Consumer<Graphics2D> painting) {
    BufferedImage image =
        new BufferedImage(
            width * PIXELS_PER_POINT, height * PIXELS_PER_POINT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(PIXELS_PER_POINT, PIXELS_PER_POINT);
      painting.accept(graphics);
    } finally {
      graphics.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("A picture in memory could not be written", e);
    }
    return bytes.toByteArray();
  }
}
