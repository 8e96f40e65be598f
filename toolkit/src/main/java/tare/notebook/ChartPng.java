package tare.notebook;

import java.util.Base64;
import org.knowm.xchart.internal.chartpart.Chart;
import tare.report.figure.ChartImage;

/** Encodes a chart for storage in a notebook. */
final class ChartPng {

  private ChartPng() {}

  /** The PNG file in base 64. */
  static String base64(Chart<?, ?> chart) {
    return Base64.getEncoder().encodeToString(ChartImage.png(chart));
  }
}
