package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Words;
import java.util.function.LongSupplier;

/**
 * Finds slots and blocks for a new entry; when there are none, takes them from the entry that is
 * least worth keeping: CLOCK with a frequency of two bits. A hand goes round over all slots; an
 * entry that was hit since is passed over, and loses one of its hits.
 *
 * <p><b>Cost.</b> A few slots looked at an entry; the hand is one shared word.
 */
final class Eviction {
  /** Looked at before anything is evicted: a cache that is not full has a free one among them. */
  private static final int PROBES = 64;

  private static final long ROUNDS_MAX = SlotLayout.FREQUENCY_MAX + 1;

  private final Words words;
  private final Slots slots;
  private final Sets sets;
  private final Blocks blocks;
  private final Seats seats;
  private final LongSupplier monotonicNanos;

  private final Cursor slotCursor;
  private final Cursor blockCursor;

  Eviction(
      CacheMemory memory,
      Slots slots,
      Sets sets,
      Blocks blocks,
      Seats seats,
      LongSupplier monotonicNanos) {
    this.words = memory.words();
    this.slots = slots;
    this.sets = sets;
    this.blocks = blocks;
    this.seats = seats;
    this.monotonicNanos = monotonicNanos;
    this.slotCursor = new Cursor(slots.count(), seats.mine());
    this.blockCursor = new Cursor(blocks.count(), seats.mine());
  }

  /** Claims a slot for it; whether there was one. */
  boolean claimSlot(Filling filling) {
    for (int i = 0; i < PROBES; i++) {
      if (claim(filling, slotCursor.here())) {
        slotCursor.step();
        return true;
      }
      slotCursor.leap();
    }
    for (int evicted = 0; evicted < slots.count(); evicted++) {
      int slot = evictOne(filling);
      if (slot < 0) {
        return claimAnySlot(filling);
      }
      if (claim(filling, slot)) {
        return true;
      }
    }
    return false; // others were faster, again and again
  }

  private boolean claimAnySlot(Filling filling) {
    for (int i = 0; i < slots.count(); i++) {
      slotCursor.step();
      if (claim(filling, slotCursor.here())) {
        return true;
      }
    }
    return false;
  }

  private boolean claim(Filling filling, int slot) {
    long generation = slots.tryClaim(slot, seats.mine());
    if (generation == 0) {
      return false;
    }
    filling.slot(slot, generation);
    return true;
  }

  /** Claims all the blocks it needs; whether there were as many. */
  boolean claimBlocks(Filling filling) {
    int missed = 0;
    for (int evicted = 0; !filling.isComplete(); ) {
      if (filling.hasOffer()) {
        claimBlock(filling, filling.takeOffer());
      } else if (missed < PROBES) {
        missed = probeBlock(filling) ? 0 : missed + 1;
      } else if (evicted++ > slots.count() || evictOne(filling) < 0) {
        return claimAnyBlocks(filling);
      }
    }
    return true;
  }

  private boolean probeBlock(Filling filling) {
    if (claimBlock(filling, blockCursor.here())) {
      blockCursor.step();
      return true;
    }
    blockCursor.leap();
    return false;
  }

  private boolean claimAnyBlocks(Filling filling) {
    for (int i = 0; i < blocks.count() && !filling.isComplete(); i++) {
      blockCursor.step();
      claimBlock(filling, blockCursor.here());
    }
    return filling.isComplete();
  }

  private boolean claimBlock(Filling filling, int block) {
    boolean claimed = blocks.tryClaim(block, filling.slot(), filling.generation());
    if (claimed) {
      filling.add(block);
    }
    return claimed;
  }

  /** Frees the slot of one entry and offers its blocks; which slot, or -1 if there is none. */
  private int evictOne(Filling filling) {
    int slot = goRound(filling);
    if (slot < 0) {
      seats.recoverDead();
      slot = goRound(filling);
    }
    return slot;
  }

  private int goRound(Filling filling) {
    for (long looks = ROUNDS_MAX * slots.count(); looks > 0; looks--) {
      long hand = words.add(CacheHeaderLayout.HAND_AT, 1);
      int slot = (int) Long.remainderUnsigned(hand, slots.count());
      if (tryEvict(slot, filling)) {
        return slot;
      }
    }
    return -1;
  }

  private boolean tryEvict(int slot, Filling filling) {
    long word = slots.word(slot);
    if (SlotLayout.state(word) != SlotLayout.LIVE) {
      return false;
    }
    long generation = SlotLayout.generation(word);
    long set = sets.at(slots.plain(slot, SlotLayout.HASH));
    int index = sets.indexOf(set, slot, generation);
    if (index < 0) { // taken out by somebody who died before freeing it; or not LIVE any more
      int[] chain = chain(slot);
      boolean freed = slots.change(slot, word, SlotLayout.free(generation));
      filling.offer(freed ? chain : new int[0]);
      return freed;
    }
    boolean expired = isExpired(slot);
    if (!expired && cool(slot)) {
      return false;
    }
    long cell = sets.cell(set, index);
    if (!CellLayout.refersTo(cell, slot, generation)
        || !sets.change(set, index, cell, CellLayout.EMPTY)) {
      return false;
    }
    filling.offer(chain(slot));
    slots.free(slot, generation);
    seats.count(expired ? SeatLayout.EXPIRED : SeatLayout.EVICTED, 1);
    return true;
  }

  /** Takes away one of its hits, if it has any. */
  private boolean cool(int slot) {
    long frequency = slots.frequency(slot);
    if (frequency > 0) {
      slots.setPlain(slot, SlotLayout.FREQUENCY, frequency - 1);
    }
    return frequency > 0;
  }

  boolean isExpired(int slot) {
    long expires = slots.plain(slot, SlotLayout.EXPIRES);
    return expires != SlotLayout.NEVER && expires - monotonicNanos.getAsLong() <= 0;
  }

  private int[] chain(int slot) {
    long lengths = slots.plain(slot, SlotLayout.LENGTHS);
    long bytes = (long) SlotLayout.keyBytes(lengths) + SlotLayout.valueBytes(lengths);
    return blocks.chain(slots.plain(slot, SlotLayout.FIRST_BLOCK), bytes);
  }
}
