package dev.holdfast.region;

import dev.holdfast.platform.Words;
import java.util.Optional;

/**
 * The region table: a state word, a name word and an entry a slot.
 *
 * <p><b>Sharing.</b> State words change by CAS, by anyone; entries are written by whoever is inside
 * the catalog section, while their slot is FREE; name words likewise or when their region goes.
 */
final class RegionTable {
  private final ControlSegment segment;
  private final Words words;

  RegionTable(ControlSegment segment) {
    this.segment = segment;
    this.words = segment.words();
  }

  /** How many slots were ever used; a damaged word means all of them. */
  int highSlot() {
    long high = words.get(segment.catalog(CatalogLayout.HIGH_SLOT));
    return high < 0 || high > segment.regions() ? segment.regions() : (int) high;
  }

  void raiseHighSlot(int toAtLeast) {
    if (highSlot() < toAtLeast) {
      words.set(segment.catalog(CatalogLayout.HIGH_SLOT), toAtLeast);
    }
  }

  /** The state word of a slot, checked. */
  long state(int slot) {
    long word = words.get(segment.state(slot));
    if (!StateWord.isLegal(word, segment.participants())) {
      throw new CorruptedException(
          "region state is damaged: slot=%d, word=0x%x; run: holdfast repair"
              .formatted(slot, word));
    }
    return word;
  }

  /** The state word as it stands, for those who look for damage. */
  long rawState(int slot) {
    return words.get(segment.state(slot));
  }

  /** Whether the state word of a slot is one that the protocols can produce. */
  boolean isSound(int slot) {
    return StateWord.isLegal(rawState(slot), segment.participants());
  }

  boolean changeState(int slot, long expected, long update) {
    return words.compareAndSet(segment.state(slot), expected, update);
  }

  long nameWord(int slot) {
    return words.get(segment.name(slot));
  }

  void setNameWord(int slot, long hash) {
    words.set(segment.name(slot), hash);
  }

  /**
   * The next slot at or after {@code from} whose name word is {@code hash}; −1 when there is none.
   */
  int nextNamed(long hash, int from) {
    int high = highSlot();
    long base = segment.name(0);
    for (int slot = from; slot < high; slot++) {
      if (words.get(base + (long) slot * Long.BYTES) == hash) {
        return slot;
      }
    }
    return -1;
  }

  /** The lowest FREE slot below {@code limit}; −1 when there is none. */
  int firstFree(int limit) {
    for (int slot = 0; slot < limit; slot++) {
      long word = words.get(segment.state(slot));
      if (word == StateWord.free(StateWord.generation(word))) { // not a damaged one
        return slot;
      }
    }
    return -1;
  }

  void write(int slot, RegionEntry entry, long nowMonotonic) {
    long at = segment.region(slot);
    words.setBytes(at, entry.toBytes());
    words.set(at + RegionLayout.LAST_ACCESS, nowMonotonic);
  }

  /**
   * The entry of a slot whose generation the caller pinned, by a hold or by acting on it.
   *
   * @throws CorruptedException if it is damaged or of another generation
   */
  RegionEntry read(int slot, long generation) {
    StringBuilder damage = new StringBuilder();
    Optional<RegionEntry> entry = parse(slot, damage);
    if (entry.isEmpty()) {
      throw damaged(slot, damage.toString());
    }
    if (entry.get().handle() != Handle.of(slot, generation)) {
      throw damaged(slot, "handle=0x%x, generation=%d".formatted(entry.get().handle(), generation));
    }
    return entry.get();
  }

  Optional<RegionEntry> parse(int slot, StringBuilder damage) {
    return RegionEntry.parse(words.getBytes(segment.region(slot), RegionLayout.BYTES), damage);
  }

  long field(int slot, int field) {
    return words.get(segment.region(slot) + field);
  }

  void setField(int slot, int field, long value) {
    words.set(segment.region(slot) + field, value);
  }

  void addToField(int slot, int field, long delta) {
    words.add(segment.region(slot) + field, delta);
  }

  private static CorruptedException damaged(int slot, String damage) {
    return new CorruptedException(
        "region entry is damaged: slot=%d, %s; run: holdfast verify, then holdfast repair"
            .formatted(slot, damage));
  }
}
