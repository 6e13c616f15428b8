package dev.holdfast.region;

/**
 * How a region's state word packs state, actor and generation.
 *
 * <pre>
 * 63            32 31      16 15       9  8        7        0
 * ┌───────────────┬──────────┬──────────┬─────────┬──────────┐
 * │  generation   │ actor+1  │    0     │ RETIRED │  state   │
 * └───────────────┴──────────┴──────────┴─────────┴──────────┘
 * </pre>
 *
 * <p>FREE(g) → CREATING(g+1) → LIVE(g+1) → LIVE+RETIRED → RECLAIMING+RETIRED → FREE(g+1). LIVE and
 * RECLAIMING alternate while somebody looks whether the region is unheld; CREATING → FREE when
 * making it failed.
 */
final class StateWord {
  static final int FREE = 0;
  static final int CREATING = 1;
  static final int LIVE = 2;
  static final int RECLAIMING = 3;
  static final long RETIRED = 1L << 8;

  private static final int ACTOR_SHIFT = 16;
  private static final long RESERVED = 0xFE00L;

  static long free(long generation) {
    return generation << 32 | FREE;
  }

  static long creating(int actor, long generation) {
    return generation << 32 | (actor + 1L) << ACTOR_SHIFT | CREATING;
  }

  static long live(long generation) {
    return generation << 32 | LIVE;
  }

  /**
   * RECLAIMING by {@code actor}; whether it is retired and its generation are those of {@code
   * word}.
   */
  static long reclaiming(int actor, long word) {
    return generation(word) << 32 | (actor + 1L) << ACTOR_SHIFT | (word & RETIRED) | RECLAIMING;
  }

  /** LIVE; whether it is retired and its generation are those of {@code word}. */
  static long backToLive(long word) {
    return generation(word) << 32 | (word & RETIRED) | LIVE;
  }

  static int state(long word) {
    return (int) (word & 0xFF);
  }

  static boolean isRetired(long word) {
    return (word & RETIRED) != 0;
  }

  /** The participant slot that acts; -1 when nobody does. */
  static int actor(long word) {
    return (int) (word >>> ACTOR_SHIFT & 0xFFFF) - 1;
  }

  static long generation(long word) {
    return word >>> 32;
  }

  /** LIVE, of that generation, and not retired: can be held. */
  static boolean isHoldable(long word, long generation) {
    return word == live(generation);
  }

  static long nextGeneration(long generation) {
    return generation == 0xFFFF_FFFFL ? 1 : generation + 1;
  }

  /** Whether the word is one that the protocols can produce. */
  static boolean isLegal(long word, int participants) {
    if ((word & RESERVED) != 0 || actor(word) >= participants) {
      return false;
    }
    boolean acted = actor(word) >= 0;
    return switch (state(word)) {
      case FREE -> !acted && !isRetired(word);
      case CREATING -> acted && !isRetired(word) && generation(word) != 0;
      case LIVE -> !acted && generation(word) != 0;
      case RECLAIMING -> acted && generation(word) != 0;
      default -> false;
    };
  }

  /** The state's name, for people. */
  static String describe(long word) {
    String name =
        switch (state(word)) {
          case FREE -> "FREE";
          case CREATING -> "CREATING";
          case LIVE -> "LIVE";
          case RECLAIMING -> "RECLAIMING";
          default -> "state " + state(word);
        };
    return name + (isRetired(word) ? "+RETIRED" : "") + "(" + generation(word) + ")";
  }

  private StateWord() {}
}
