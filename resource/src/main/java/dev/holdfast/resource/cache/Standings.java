package dev.holdfast.resource.cache;

import java.util.Arrays;

/**
 * When to follow another rival: as soon as it would have saved the misses of two and a half
 * turnovers of the cache, counted from the last change, or from when it last had no advantage (a
 * CUSUM test).
 *
 * <p>So a wrong choice costs that much and no more, however long it lasts. Rivals that are good by
 * turns, as on keys asked for up and down, are left alone: in a turn a rival saves at most what the
 * cache holds.
 *
 * <p>Sharing: guarded by its {@link Rivalry}.
 */
final class Standings {
  private static final double TURNOVERS_TO_LEAD = 2.5;
  private static final double DRIFT = 0.01; // of the misses: smaller leads may be chance

  private final double[] saved;

  Standings(int rivals) {
    saved = new double[rivals];
  }

  /**
   * Whom to follow after one round more, in which each missed so often.
   *
   * @param turnover how many misses replace the whole cache
   */
  int next(int present, long[] misses, double turnover) {
    int leader = present;
    for (int rival = 0; rival < saved.length; rival++) {
      double advantage = misses[present] * (1 - DRIFT) - misses[rival];
      saved[rival] = rival == present ? 0 : Math.max(0, saved[rival] + advantage);
      leader = saved[rival] > saved[leader] ? rival : leader;
    }
    if (saved[leader] <= TURNOVERS_TO_LEAD * turnover) {
      return present;
    }
    Arrays.fill(saved, 0);
    return leader;
  }
}
