package tare.notebook;

import java.util.Base64;
import org.knowm.xchart.internal.chartpart.Chart;
import tare.report.figure.ChartImage;

/** A chart as a notebook stores it. */
final class ChartPng {

  private ChartPng() {}

  /** The PNG file in base 64. */
  static String base64(Chart<?, ?> chart) {
    return Base64.getEncoder().encodeToString(ChartImage.png(chart));
  }
}
