package tare.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Requests that begin alike, for instance with the same solved examples. The beginning runs once
 * for all of their rows; within a row, {@link PackedRow} shares what its requests have in common.
 *
 * @param beginning the common tokens; empty if each row is run as it is
 * @param rows the requests without the beginning, the longest row first
 */
record Family(int[] beginning, List<PackedRow> rows) {

  /** The shortest beginning that is run on its own. */
  static final int LEAST_SHARED = 64;

  /** The least number of tokens that a family must save, because its rows make batches apart. */
  static final int LEAST_SAVED = 1024;

  /**
   * Divides requests into families. Neighbours that share at least some number of tokens are
   * relatives; of {@value #LEAST_SHARED}, twice as many, and so on, the number is taken that saves
   * most. Requests without relatives make one family without a beginning.
   *
   * @param sorted requests in the order of their tokens
   * @param longest most tokens of a row
   * @param width width of the model
   */
  static List<Family> of(List<EncodedRequest> sorted, int longest, int width) {
    Division best = new Division(List.of(), sorted, 0);
    for (int shared = LEAST_SHARED; shared < longest; shared *= 2) {
      Division other = Division.of(sorted, shared, longest, width);
      best = other.saved() > best.saved() ? other : best;
    }
    List<Family> families = new ArrayList<>(best.families());
    if (!best.others().isEmpty()) {
      families.add(unrelated(best.others(), longest, width));
    }
    return families;
  }

  /** Requests of which none runs a beginning for others. */
  static Family unrelated(List<EncodedRequest> sorted, int longest, int width) {
    return new Family(new int[0], PackedRow.pack(sorted, longest, width));
  }

  /**
   * A way to divide requests.
   *
   * @param families the families with a beginning
   * @param others the requests that belong to none
   * @param saved number of tokens that need not run
   */
  private record Division(List<Family> families, List<EncodedRequest> others, long saved) {

    static Division of(List<EncodedRequest> sorted, int shared, int longest, int width) {
      List<Family> families = new ArrayList<>();
      List<EncodedRequest> others = new ArrayList<>();
      long saved = 0;
      for (int from = 0, end; from < sorted.size(); from = end) {
        int beginning = beginning(sorted.get(from));
        for (end = from + 1; end < sorted.size(); end++) {
          int common = sorted.get(end).shared(sorted.get(end - 1));
          if (Math.min(common, beginning(sorted.get(end))) < shared) {
            break;
          }
          beginning = Math.min(beginning, Math.min(common, beginning(sorted.get(end))));
        }
        List<EncodedRequest> relatives = sorted.subList(from, end);
        long saving = saving(relatives, beginning, longest, width);
        if (beginning >= shared && saving >= LEAST_SAVED) {
          families.add(without(beginning, relatives, longest, width));
          saved += saving;
        } else {
          others.addAll(relatives);
        }
      }
      return new Division(families, others, saved);
    }

    /** Most tokens of a request that others may have run for it: the model must still read one. */
    private static int beginning(EncodedRequest request) {
      return Math.min(request.scoredFrom(), request.inputs()) - 1;
    }

    /**
     * Without a family, the beginning stands in each of the rows. Relatives that would save too
     * little if each had a row of its own are not packed to see it.
     */
    private static long saving(
        List<EncodedRequest> relatives, int beginning, int longest, int width) {
      return (relatives.size() - 1L) * beginning < LEAST_SAVED
          ? 0
          : (PackedRow.pack(relatives, longest, width).size() - 1L) * beginning;
    }

    private static Family without(
        int beginning, List<EncodedRequest> relatives, int longest, int width) {
      List<EncodedRequest> rest = relatives.stream().map(each -> each.from(beginning)).toList();
      return new Family(
          Arrays.copyOf(relatives.get(0).tokens(), beginning),
          PackedRow.pack(rest, longest, width));
    }
  }
}
