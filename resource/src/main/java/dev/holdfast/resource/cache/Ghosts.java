package dev.holdfast.resource.cache;

import java.util.Arrays;

/**
 * The hash codes of the entries that left last, as many as asked for, in a table without links: a
 * group of 8 places by hash code, each the hash code and the number of its departure. The table
 * grows with the cache. 12 bytes a remembered entry; of those that should be remembered some 1 in
 * 100 is not, because its group is full.
 */
final class Ghosts {
  private static final int GROUP = 8;
  private static final int CAPACITY_MIN = 64;

  private long[] places = new long[0];
  private int groups;
  private int departures; // wraps: compared by subtraction
  private int capacity;

  /** Remembers one that leaves while the cache holds this many. */
  void add(int hash, long entries) {
    if (entries > capacity || capacity == 0) {
      grow(entries);
    }
    departures++;
    long place = (long) hash << Integer.SIZE | (departures & 0xFFFFFFFFL);
    places[replaceable(hash)] = place;
  }

  /** Whether this one left among the last so many; it is forgotten then. */
  boolean remove(int hash, long among) {
    if (capacity == 0) {
      return false;
    }
    int start = group(hash);
    for (int i = start; i < start + GROUP; i++) {
      if (isThere(places[i]) && hashOf(places[i]) == hash) {
        boolean recent = age(places[i]) < among;
        places[i] = 0;
        return recent;
      }
    }
    return false;
  }

  private int replaceable(int hash) {
    int start = group(hash);
    int oldest = start;
    for (int i = start; i < start + GROUP; i++) {
      if (!isThere(places[i]) || hashOf(places[i]) == hash) {
        return i;
      }
      if (age(places[i]) > age(places[oldest])) {
        oldest = i;
      }
    }
    return oldest;
  }

  private int age(long place) {
    return departures - (int) place;
  }

  private boolean isThere(long place) {
    return place != 0;
  }

  private static int hashOf(long place) {
    return (int) (place >>> Integer.SIZE);
  }

  private int group(int hash) {
    long spread = Integer.toUnsignedLong(hash * 0x9E3779B9);
    return (int) ((spread * groups) >>> Integer.SIZE) * GROUP;
  }

  private void grow(long entries) {
    capacity = (int) Math.min(1 << 28, Math.max(CAPACITY_MIN, entries + entries / 4));
    groups = capacity / 16 * 3 + 1; // 1.5 places an entry
    long[] old = places;
    places = new long[groups * GROUP];
    Arrays.stream(old)
        .filter(this::isThere)
        .forEach(place -> places[replaceable(hashOf(place))] = place);
  }
}
