package tare.select.acdm;

/**
 * A window or a centroid in the plane of a {@link Projection}.
 *
 * @param kind {@code candidate}, {@code chosen} or {@code centroid}
 * @param label corpus of the window, or task of the centroid
 * @param x first component
 * @param y second component
 */
public record ProjectedPoint(String kind, String label, double x, double y) {}
