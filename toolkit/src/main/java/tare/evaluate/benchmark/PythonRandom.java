package tare.evaluate.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Gives the random numbers of Python's {@code random.Random(seed)}, with which
 * lm-evaluation-harness draws the solved examples of a prompt. The generator is the Mersenne
 * Twister MT19937 (Matsumoto and Nishimura 1998), seeded by its {@code init_by_array}.
 */
public final class PythonRandom {

  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int index = N;

  /**
   * A generator.
   *
   * @param seed not negative
   */
  public PythonRandom(int seed) {
    state[0] = 19650218;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
    int i = 1;
    for (int k = N; k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1664525)) + seed;
      i = next(i);
    }
    for (int k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1566083941)) - i;
      i = next(i);
    }
    state[0] = 0x80000000;
  }

  private int next(int i) {
    if (i + 1 < N) {
      return i + 1;
    }
    state[0] = state[N - 1];
    return 1;
  }

  private int word() {
    if (index == N) {
      for (int i = 0; i < N; i++) {
        int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
      }
      index = 0;
    }
    int y = state[index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  /**
   * {@code _randbelow}: draws as many bits as the bound has, until the number is below the bound.
   */
  private int below(int bound) {
    int bits = 32 - Integer.numberOfLeadingZeros(bound);
    int drawn = word() >>> (32 - bits);
    while (drawn >= bound) {
      drawn = word() >>> (32 - bits);
    }
    return drawn;
  }

  /** {@code sample(range(population), count)}. */
  public int[] sample(int population, int count) {
    if (count > population) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d of %d cannot be drawn.", count, population));
    }
    int small = 21;
    if (count > 5) {
      small += 1 << (2 * (int) Math.ceil(Math.log(count * 3.0) / Math.log(4)));
    }
    return population <= small ? fromPool(population, count) : fromAll(population, count);
  }

  private int[] fromPool(int population, int count) {
    List<Integer> pool = new ArrayList<>();
    for (int i = 0; i < population; i++) {
      pool.add(i);
    }
    int[] drawn = new int[count];
    for (int i = 0; i < count; i++) {
      int at = below(population - i);
      drawn[i] = pool.get(at);
      pool.set(at, pool.get(population - i - 1));
    }
    return drawn;
  }

  private int[] fromAll(int population, int count) {
    Set<Integer> drawn = new LinkedHashSet<>();
    while (drawn.size() < count) {
      drawn.add(below(population));
    }
    return drawn.stream().mapToInt(Integer::intValue).toArray();
  }
}
