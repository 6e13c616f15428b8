package dev.holdfast.resource.pool;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** The counts, under the exchange's lock. */
final class Tally {
  private final Map<PoolCount, Long> rare = new EnumMap<>(PoolCount.class);
  private long lent; // apart: the only one on the way of every loan

  Tally() {
    for (PoolCount what : PoolCount.values()) {
      rare.put(what, 0L);
    }
  }

  void addLent() {
    lent++;
  }

  long lent() {
    return lent;
  }

  void add(PoolCount what) {
    rare.merge(what, 1L, Long::sum);
  }

  Map<PoolCount, Long> copy() {
    Map<PoolCount, Long> copy = new EnumMap<>(rare);
    copy.put(PoolCount.LENT, lent);
    return Collections.unmodifiableMap(copy);
  }
}
