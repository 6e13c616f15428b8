package dev.holdfast.cli;

import java.util.List;
import java.util.Map;

/**
 * A slot of the region table that is not free, as its words stand: docs/layout/control-segment.md.
 *
 * @param slot which
 * @param state its state word
 * @param nameWord the word it is found by
 * @param holders the bits of its ledger row
 * @param fields its entry's words
 * @param name its name
 * @param path of a region that a file stands behind, else empty
 */
record RegionRow(
    int slot,
    long state,
    long nameWord,
    List<Integer> holders,
    Map<String, Long> fields,
    String name,
    String path) {
  static final int FREE = 0;
  static final int CREATING = 1;
  static final int LIVE = 2;
  static final int RECLAIMING = 3;
  private static final List<String> STATES = List.of("free", "creating", "live", "reclaiming");

  String id() {
    return "r" + Long.toHexString(generation() << 16 | slot);
  }

  int stateCode() {
    return (int) (state & 0xFF);
  }

  /** For people: {@code live}, {@code live+retired}. */
  String stateName() {
    String name = stateCode() < STATES.size() ? STATES.get(stateCode()) : "unknown";
    return isRetired() ? name + "+retired" : name;
  }

  boolean isRetired() {
    return (state >>> 8 & 1) == 1;
  }

  /** Who is making it or giving it back; -1 for nobody. */
  int actor() {
    return (int) (state >>> 16 & 0xFFFF) - 1;
  }

  long generation() {
    return state >>> 32;
  }

  long field(String field) {
    return fields.getOrDefault(field, 0L);
  }
}
