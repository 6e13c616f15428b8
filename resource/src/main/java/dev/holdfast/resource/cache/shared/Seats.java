package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Words;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Who uses the cache, by participant slot; and the recovery of those who died.
 *
 * <p><b>Crash points.</b> A recoverer that dies anywhere has done a part of what the next one does
 * again: each slot is decided by a compare-and-set of its word, the seat is emptied last.
 */
final class Seats {
  private final Words words;
  private final CacheGeometry geometry;
  private final Slots slots;
  private final Sets sets;
  private final int mine;
  private final Supplier<Set<Long>> living;

  /**
   * @param mine one's own participant slot
   * @param living the handles of the participants that live, as of each call
   */
  Seats(CacheMemory memory, Slots slots, Sets sets, int mine, Supplier<Set<Long>> living) {
    this.words = memory.words();
    this.geometry = memory.geometry();
    this.slots = slots;
    this.sets = sets;
    this.mine = mine;
    this.living = living;
  }

  int mine() {
    return mine;
  }

  /** Takes one's own seat; whoever was there is gone, since its participant slot is ours. */
  void take(long handle) {
    long at = geometry.seat(mine) + SeatLayout.PARTICIPANT;
    while (true) {
      long found = words.get(at);
      if (found == handle) {
        return;
      }
      if (found != 0) {
        recover(mine, found);
      } else if (words.compareAndSet(at, 0, handle)) {
        return;
      }
    }
  }

  void count(int statistic, long more) {
    words.add(geometry.seat(mine) + statistic, more);
  }

  long sum(int statistic) {
    long sum = 0;
    for (int seat = 0; seat < geometry.seats(); seat++) {
      sum += words.getPlain(geometry.seat(seat) + statistic);
    }
    return sum;
  }

  private long holder(int seat) {
    return words.get(geometry.seat(seat) + SeatLayout.PARTICIPANT);
  }

  /** Finishes or gives back what the dead were filling; how many slots that freed. */
  int recoverDead() {
    long[] holders = new long[geometry.seats()];
    for (int seat = 0; seat < holders.length; seat++) {
      holders[seat] = holder(seat);
    }
    Set<Long> alive = living.get(); // after the look: who took a seat before it had joined
    int freed = 0;
    for (int seat = 0; seat < holders.length; seat++) {
      if (holders[seat] != 0 && !alive.contains(holders[seat])) {
        freed += recover(seat, holders[seat]);
      }
    }
    return freed;
  }

  private int recover(int seat, long dead) {
    int freed = 0;
    for (int slot = 0; slot < slots.count(); slot++) {
      long word = slots.word(slot);
      if (SlotLayout.state(word) == SlotLayout.FILLING && SlotLayout.seat(word) == seat) {
        if (holder(seat) != dead) {
          return freed; // recovered meanwhile: the slot may be a living successor's
        }
        freed += settle(slot, word) ? 1 : 0;
      }
    }
    if (freed > 0) {
      count(SeatLayout.RECOVERED, freed);
    }
    words.compareAndSet(geometry.seat(seat) + SeatLayout.PARTICIPANT, dead, 0);
    return freed;
  }

  /** What one could not finish oneself is settled as a dead one's is. */
  void settleOwn(int slot, long generation) {
    settle(slot, SlotLayout.filling(generation, mine));
  }

  /** In the cache if a cell refers to it, given back if not; whether it was given back. */
  private boolean settle(int slot, long word) {
    long generation = SlotLayout.generation(word);
    long set = sets.at(slots.plain(slot, SlotLayout.HASH));
    if (sets.indexOf(set, slot, generation) >= 0) {
      slots.change(slot, word, SlotLayout.live(generation));
      return false;
    }
    return slots.change(slot, word, SlotLayout.free(generation));
  }
}
