package tare.audit;

/**
 * Describes one sample of a set.
 *
 * @param sample its index in the set, from 0
 * @param source its corpus
 * @param document id of its (first) document
 * @param distinctTokens share of its tokens that are different, 0 to 1
 * @param letters share of the characters of its text that are letters
 * @param overlap the largest Jaccard index of its 5-grams with another sample's; 1 is a duplicate
 * @param remark {@code duplicate}, {@code nearly a duplicate}, {@code loops}, {@code few words},
 *     {@code hardly any letters}; empty if there is no remark
 * @param begins the beginning of its text
 */
public record SampleReport(
    int sample,
    String source,
    String document,
    double distinctTokens,
    double letters,
    double overlap,
    String remark,
    String begins) {}
