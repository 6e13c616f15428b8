package dev.holdfast.region;

import dev.holdfast.platform.Words;
import java.util.ArrayList;
import java.util.List;

/**
 * Who holds which region: a row of bits a region, one bit a participant. A region's reference count
 * is the number of bits set; a dead participant is subtracted by clearing its column.
 *
 * <p><b>Sharing.</b> Wait-free for any thread of any participant. A participant sets and clears its
 * own column only; whoever recovers it has its liveness byte.
 *
 * <p><b>Memory effects.</b> All operations are sequentially consistent; "set own bit, then read the
 * state" against "change the state, then read the row" is why no reclaimer can miss a holder.
 *
 * <p><b>Crash points.</b> After {@link #set} the bit of a dead participant keeps its region until
 * it is recovered; after {@link #clear} nothing is left to do but to reclaim, which the sweep does
 * too.
 */
final class Ledger {
  private final ControlSegment segment;
  private final Words words;

  Ledger(ControlSegment segment) {
    this.segment = segment;
    this.words = segment.words();
  }

  void set(int slot, int participant) {
    words.or(at(slot, participant), bit(participant));
  }

  void clear(int slot, int participant) {
    words.and(at(slot, participant), ~bit(participant));
  }

  boolean isSet(int slot, int participant) {
    return (words.get(at(slot, participant)) & bit(participant)) != 0;
  }

  boolean isUnheld(int slot) {
    long row = segment.row(slot);
    for (int i = 0; i < segment.rowWords(); i++) {
      if (words.get(row + (long) i * Long.BYTES) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The participants whose bits are set, ascending; a snapshot. */
  List<Integer> holders(int slot) {
    List<Integer> holders = new ArrayList<>();
    long row = segment.row(slot);
    for (int i = 0; i < segment.rowWords(); i++) {
      for (long rest = words.get(row + (long) i * Long.BYTES); rest != 0; rest &= rest - 1) {
        holders.add(i * Long.SIZE + Long.numberOfTrailingZeros(rest));
      }
    }
    return holders;
  }

  private long at(int slot, int participant) {
    return segment.row(slot) + (long) (participant / Long.SIZE) * Long.BYTES;
  }

  private static long bit(int participant) {
    return 1L << participant;
  }
}
