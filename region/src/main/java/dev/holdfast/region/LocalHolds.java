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
  private final AtomicReferenceArray<Slot> slots;

  LocalHolds(Member member, Recovery recovery) {
    this.member = member;
    this.recovery = recovery;
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

  /** Counts the hold that the creator of a region took before it was published. */
  void adopt(RegionId id) {
    Slot local = slot(id.slot());
    synchronized (local) {
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
    Environment.Backoff backoff = null;
    while (true) {
      member.ledger.set(slot, me);
      long word = member.table.rawState(slot);
      if (StateWord.isHoldable(word, generation)) {
        return true;
      }
      member.ledger.clear(slot, me);
      boolean beingLookedAt =
          StateWord.state(word) == StateWord.RECLAIMING && StateWord.generation(word) == generation;
      if (!beingLookedAt) {
        recovery.reclaimIfDue(slot); // our bit may have turned a reclaimer away
        return false;
      }
      backoff = backoff == null ? member.environment.backoff() : backoff;
      recovery.awaitActor(slot, backoff);
    }
  }

  private void releaseShared(int slot) {
    member.ledger.clear(slot, member.me.slot());
    if (member.ledger.isUnheld(slot)) {
      member.table.setField(slot, RegionLayout.UNHELD_SINCE, member.now());
      recovery.reclaimIfDue(slot);
    }
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
