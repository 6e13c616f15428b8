package dev.holdfast.region;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * This process's holds: many threads may hold a region, the ledger carries one bit for all of them.
 *
 * <p><b>Sharing.</b> Any thread. Only the first hold and the last release of a region touch shared
 * words; both happen under that region's local lock, so one thread's release never takes another's
 * hold away.
 *
 * <p><b>Crash points.</b> {@link #hold}: after "own bit set" a dead holder keeps a region it never
 * used until it is recovered. {@link #release}: after "own bit cleared" nobody may be left to
 * reclaim; the sweep does.
 */
final class LocalHolds {
  private final Member member;
  private final Recovery recovery;
  private final Reclamation reclamation;
  private final AtomicReferenceArray<Slot> slots;

  LocalHolds(Member member, Recovery recovery, Reclamation reclamation) {
    this.member = member;
    this.recovery = recovery;
    this.reclamation = reclamation;
    this.slots = new AtomicReferenceArray<>(member.segment.regions());
  }

  /** The local side of one region slot; its monitor is the local lock. */
  private static final class Slot {
    private long generation;
    private int count;
  }

  /** Takes a hold; false if there is no such region any more. */
  boolean hold(RegionId id) {
    if (id.slot() >= member.table.highSlot()) {
      return false;
    }
    Slot local = slot(id.slot());
    synchronized (local) {
      if (local.count > 0) {
        return local.generation == id.generation()
            && !StateWord.isRetired(member.table.rawState(id.slot()))
            && addOne(local);
      }
      if (!holdShared(id.slot(), id.generation())) {
        return false;
      }
      local.generation = id.generation();
      return addOne(local);
    }
  }

  /**
   * Takes the hold of a region's creator, before the region is published: under the local lock, so
   * that no thread with an older id of the same slot clears the bit.
   */
  void adopt(RegionId id) {
    Slot local = slot(id.slot());
    synchronized (local) {
      member.ledger.set(id.slot(), member.me.slot());
      local.generation = id.generation();
      addOne(local);
    }
  }

  /** Gives a hold back; with the last one of this process the region may go. */
  void release(RegionId id) {
    Slot local = slot(id.slot());
    synchronized (local) {
      if (local.count == 0 || local.generation != id.generation()) {
        throw new IllegalStateException("not held by this process: region=" + id);
      }
      if (--local.count == 0) {
        releaseShared(id.slot());
      }
    }
  }

  /** How many holds on the region this process has. */
  int count(RegionId id) {
    Slot local = slot(id.slot());
    synchronized (local) {
      return local.generation == id.generation() ? local.count : 0;
    }
  }

  /** Sets our bit again where damage took it from a region that this process holds. */
  void restoreBit(int slot) {
    Slot local = slot(slot);
    synchronized (local) {
      if (local.count > 0) {
        member.ledger.set(slot, member.me.slot());
      }
    }
  }

  /** Whether this process holds the region in that slot, but its bit is not set. */
  boolean lacksBit(int slot) {
    Slot local = slot(slot);
    synchronized (local) {
      return local.count > 0 && !member.ledger.isSet(slot, member.me.slot());
    }
  }

  private boolean holdShared(int slot, long generation) {
    int me = member.me.slot();
    while (true) {
      member.ledger.set(slot, me);
      long word =
          member.table.rawState(slot); // after the bit: pairs with the reclaimer's second look
      if (StateWord.isHoldable(word, generation)) {
        return true;
      }
      member.ledger.clear(slot, me);
      if (!Recovery.isLook(word, generation)) {
        reclamation.reclaimIfDue(slot); // our bit may have turned a reclaimer away
        return false;
      }
      recovery.awaitLook(slot, generation);
    }
  }

  private void releaseShared(int slot) {
    if (member.table.field(slot, RegionLayout.POLICY) != RegionLayout.POLICY_MANUAL) {
      // before the bit goes: later it might be another region's word
      member.table.setField(slot, RegionLayout.UNHELD_SINCE, member.now());
    }
    member.ledger.clear(slot, member.me.slot());
    reclamation.reclaimIfDue(slot);
  }

  private static boolean addOne(Slot local) {
    local.count++;
    return true;
  }

  private Slot slot(int index) {
    Slot existing = slots.get(index);
    if (existing != null) {
      return existing;
    }
    Slot made = new Slot();
    Slot before = slots.compareAndExchange(index, null, made);
    return before == null ? made : before;
  }
}
