package tare.report.figure;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * Several charts on one scale as one picture, in rows.
 *
 * @param title what the picture shows
 * @param key the colour of each name that the charts share; empty if they have none
 * @param panels the charts, all of one size
 * @param columns charts in a row
 */
public record SmallMultiples(
    String title, Map<String, Color> key, List<? extends Chart<?, ?>> panels, int columns) {

  private static final int HEAD = 30;
  private static final int KEY = 24;
  private static final int SQUARE = 11;
  private static final int GAP = 18;

  /** Copies the list, and puts {@linkplain HumanNames the names of papers} into the title. */
  public SmallMultiples {
    title = HumanNames.in(title);
    panels = List.copyOf(panels);
  }

  /** Width of the picture in points. */
  public int width() {
    return columns * panels.get(0).getWidth();
  }

  /** Height of the picture in points. */
  public int height() {
    int rows = (panels.size() + columns - 1) / columns;
    return head() + rows * panels.get(0).getHeight();
  }

  private int head() {
    return HEAD + (key.isEmpty() ? 0 : KEY);
  }

  void paint(Graphics2D graphics) {
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width(), height());
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    paintHead(graphics);
    for (int i = 0; i < panels.size(); i++) {
      Chart<?, ?> panel = ChartImage.named(panels.get(i));
      int x = i % columns * panel.getWidth();
      int y = head() + i / columns * panel.getHeight();
      graphics.translate(x, y);
      panel.paint(graphics, panel.getWidth(), panel.getHeight());
      graphics.translate(-x, -y);
    }
  }

  private void paintHead(Graphics2D graphics) {
    graphics.setColor(Color.BLACK);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
    FontMetrics metrics = graphics.getFontMetrics();
    graphics.drawString(title, (width() - metrics.stringWidth(title)) / 2, HEAD - 9);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    metrics = graphics.getFontMetrics();
    int wide = -GAP;
    for (String name : key.keySet()) {
      wide += GAP + SQUARE + 6 + metrics.stringWidth(HumanNames.in(name));
    }
    int x = (width() - wide) / 2;
    for (Map.Entry<String, Color> each : key.entrySet()) {
      graphics.setColor(each.getValue());
      graphics.fillRect(x, HEAD + 4, SQUARE, SQUARE);
      graphics.setColor(Color.BLACK);
      String name = HumanNames.in(each.getKey());
      graphics.drawString(name, x + SQUARE + 6, HEAD + SQUARE + 3);
      x += SQUARE + 6 + metrics.stringWidth(name) + GAP;
    }
  }
}
