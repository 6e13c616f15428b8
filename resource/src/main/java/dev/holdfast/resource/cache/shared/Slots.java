package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Words;

/** The heads of entries. Every change of a slot's word is a compare-and-set. */
final class Slots {
  private final Words words;
  private final int count;
  private final long base;

  Slots(CacheMemory memory) {
    this.words = memory.words();
    this.count = memory.geometry().slots();
    this.base = memory.geometry().slotsOffset();
  }

  int count() {
    return count;
  }

  private long at(int slot) {
    return base + (long) slot * SlotLayout.BYTES;
  }

  long word(int slot) {
    return words.get(at(slot) + SlotLayout.WORD);
  }

  long plain(int slot, int field) {
    return words.getPlain(at(slot) + field);
  }

  long frequency(int slot) {
    return SlotLayout.frequency(plain(slot, SlotLayout.FREQUENCY));
  }

  /** Whether there is such a slot, and it is in use at that generation. */
  boolean holds(int slot, long generation) {
    return slot >= 0 && slot < count && SlotLayout.holds(word(slot), generation);
  }

  void setPlain(int slot, int field, long value) {
    words.setPlain(at(slot) + field, value);
  }

  /** Takes a FREE slot; its new generation, or 0 if it is not free. */
  long tryClaim(int slot, int seat) {
    long word = word(slot);
    if (SlotLayout.state(word) != SlotLayout.FREE) {
      return 0;
    }
    long generation = SlotLayout.nextGeneration(SlotLayout.generation(word));
    return change(slot, word, SlotLayout.filling(generation, seat)) ? generation : 0;
  }

  boolean change(int slot, long from, long to) {
    return words.compareAndSet(at(slot) + SlotLayout.WORD, from, to);
  }

  /** Frees a slot, whatever else happened to it at that generation; whether this call did. */
  boolean free(int slot, long generation) {
    while (holds(slot, generation)) {
      long word = word(slot);
      if (SlotLayout.holds(word, generation) && change(slot, word, SlotLayout.free(generation))) {
        return true;
      }
    }
    return false;
  }
}
