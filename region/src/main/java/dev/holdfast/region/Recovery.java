package dev.holdfast.region;

import dev.holdfast.platform.SystemCallException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Finishes what the dead began and subtracts what they held.
 *
 * <p><b>Sharing.</b> Any participant recovers any other, but only while it has the dead one's
 * liveness byte, so nobody does it twice at once and never to the living.
 *
 * <p><b>Crash points.</b> Whoever dies in {@link #recover} loses the byte to the kernel; the next
 * one begins again. Each step can be repeated: a taken-over word names the new actor, a cleared bit
 * stays clear. The participant's slot becomes FREE last, when no word can carry its number any
 * more. A damaged state word is passed over and left to repair; a system call that fails for one
 * region is logged, its region stays as it is until the next sweep: neither keeps a dead
 * participant in its slot.
 */
final class Recovery {
  private static final System.Logger LOG = System.getLogger(Recovery.class.getName());
  private static final Duration WAIT_FOR_ACTOR = Duration.ofSeconds(10);

  private final Member member;
  private final Reclamation reclamation;

  Recovery(Member member, Reclamation reclamation) {
    this.member = member;
    this.reclamation = reclamation;
  }

  /** Recovers the participant if it is dead; whether it was. Never oneself. */
  boolean recoverIfDead(int participant) {
    if (participant == member.me.slot() || member.participants.isFree(participant)) {
      return false;
    }
    return member.live.whileDead(participant, () -> recover(participant));
  }

  /** Recovers a dead participant whose byte the caller holds. */
  void recover(int participant) {
    if (member.participants.isFree(participant)) {
      return;
    }
    long handle = member.participants.handle(participant);
    int dropped = 0;
    for (int slot = 0; slot < member.table.highSlot(); slot++) {
      if (settle(slot, participant)) {
        dropped++;
      }
      int region = slot;
      orLog(slot, () -> actOnOwnersDeath(region, handle));
      orLog(slot, () -> reclaimIfDue(region));
    }
    member.participants.free(participant);
    member.catalog.count(CatalogLayout.RECOVERIES);
    member.record(SpaceEvent.Kind.RECOVERED, 0, dropped, "participant " + participant);
  }

  /** Before leaving: nothing may carry our number any more. */
  void settleSelf() {
    for (int slot = 0; slot < member.table.highSlot(); slot++) {
      if (settle(slot, member.me.slot())) {
        int region = slot;
        orLog(slot, () -> reclaimIfDue(region));
      }
    }
  }

  /** Finishes the participant's work on a region and drops its hold; whether there was one. */
  private boolean settle(int slot, int participant) {
    orLog(slot, () -> finishWork(slot, participant));
    boolean held = member.ledger.isSet(slot, participant);
    if (held) {
      member.ledger.clear(slot, participant);
      noteUnheld(slot);
    }
    return held;
  }

  private static void orLog(int slot, Runnable step) {
    try {
      step.run();
    } catch (SystemCallException e) {
      LOG.log(System.Logger.Level.WARNING, "recovery of region slot " + slot + " failed", e);
    }
  }

  /** One look at everything: the dead, then the regions whose time has come. */
  SweepReport sweep() {
    int recovered = 0;
    for (int participant = 0; participant < member.participants.capacity(); participant++) {
      if (recoverIfDead(participant)) {
        recovered++;
      }
    }
    int reclaimed = 0;
    @Nullable SystemCallException first = null;
    for (int slot = 0; slot < member.table.highSlot(); slot++) {
      try {
        if (sweepRegion(slot)) {
          reclaimed++;
        }
      } catch (SystemCallException e) {
        first = first == null ? e : first; // the others' time has come all the same
      }
    }
    member.catalog.set(CatalogLayout.LAST_SWEEP, member.now());
    member.catalog.count(CatalogLayout.SWEEPS);
    if (first != null) {
      throw first;
    }
    return new SweepReport(recovered, reclaimed);
  }

  /** Waits while somebody acts on a region; recovers the actor if it is dead. */
  void awaitActor(int slot, Environment.Backoff backoff) {
    long word = member.table.state(slot);
    int actor = StateWord.actor(word);
    if (actor < 0) {
      return;
    }
    if (backoff.hasLasted(WAIT_FOR_ACTOR.toNanos())) {
      throw new BusyException(
          "a region is being changed: slot=%d, state=%s, by participant %d, pid=%d; waited %s; it is alive (a stopped process counts as alive), end or continue it"
              .formatted(
                  slot,
                  StateWord.describe(word),
                  actor,
                  member.participants.read(actor, true).pid(),
                  WAIT_FOR_ACTOR));
    }
    if (!recoverIfDead(actor)) {
      backoff.pause();
    }
  }

  private void finishWork(int slot, int participant) {
    long word = member.table.rawState(slot);
    if (StateWord.actor(word) != participant || !member.table.isSound(slot)) {
      return;
    }
    int me = member.me.slot();
    if (StateWord.state(word) == StateWord.CREATING) {
      long generation = StateWord.generation(word);
      if (member.table.changeState(slot, word, StateWord.creating(me, generation))) {
        undoOfDead(slot, participant, generation);
      }
    } else if (StateWord.state(word) == StateWord.RECLAIMING
        && member.table.changeState(slot, word, StateWord.reclaiming(me, word))) {
      reclamation.finishReclaim(slot);
    }
  }

  private void undoOfDead(int slot, int participant, long generation) {
    StringBuilder damage = new StringBuilder();
    long bytes = member.table.parse(slot, damage).map(RegionEntry::bytes).orElse(0L);
    member.ledger.clear(slot, participant);
    reclamation.undo(slot, true);
    member.record(
        SpaceEvent.Kind.UNDONE, Handle.of(slot, generation), bytes, "its creator did not finish");
  }

  private void actOnOwnersDeath(int slot, long deadHandle) {
    long word = member.table.rawState(slot);
    boolean owned =
        member.table.isSound(slot)
            && StateWord.state(word) == StateWord.LIVE
            && member.table.field(slot, RegionLayout.OWNER) == deadHandle;
    if (!owned) {
      return;
    }
    long generation = StateWord.generation(word);
    member
        .table
        .parse(slot, new StringBuilder())
        .ifPresent(entry -> {
          if (entry.onOwnerDeath() == OwnerDeath.RETIRE) {
            reclamation.tryRetire(slot, generation);
            recordOwnersDeath(entry, 1);
          } else if (entry.onOwnerDeath() == OwnerDeath.RESET) {
            reset(slot, generation, entry);
          }
        });
  }

  /** Zero, or nobody's any more: what a dead owner wrote is not passed off as reset. */
  private void reset(int slot, long generation, RegionEntry entry) {
    try {
      reclamation.zero(entry);
      recordOwnersDeath(entry, 2);
    } catch (SystemCallException e) {
      reclamation.tryRetire(slot, generation);
      recordOwnersDeath(entry, 1);
      throw e;
    }
  }

  private void recordOwnersDeath(RegionEntry entry, long action) {
    member.record(SpaceEvent.Kind.OWNER_DIED, entry.handle(), action, entry.name());
  }

  /** A region that goes with its last holder, or was retired, goes now if it is unheld. */
  boolean reclaimIfDue(int slot) {
    long word = member.table.rawState(slot);
    if (!isIdle(slot, word)) {
      return false;
    }
    boolean due =
        StateWord.isRetired(word)
            || member
                .table
                .parse(slot, new StringBuilder())
                .map(RegionEntry::goesWithLastHolder)
                .orElse(false);
    return due && reclamation.tryReclaim(slot, StateWord.generation(word));
  }

  private boolean isIdle(int slot, long word) {
    return StateWord.state(word) == StateWord.LIVE
        && StateWord.isLegal(word, member.segment.participants())
        && member.ledger.isUnheld(slot);
  }

  private boolean sweepRegion(int slot) {
    long word = member.table.rawState(slot);
    if (!isIdle(slot, word)) {
      return false;
    }
    if (unheldNanos(slot) < 0 || member.table.field(slot, RegionLayout.UNHELD_SINCE) == 0) {
      noteUnheld(slot); // not known, or a time that is still to come
    }
    if (reclaimIfDue(slot)) {
      return true;
    }
    long generation = StateWord.generation(word);
    return member
        .table
        .parse(slot, new StringBuilder())
        .map(entry -> sweepByPolicy(slot, generation, entry))
        .orElse(false);
  }

  private boolean sweepByPolicy(int slot, long generation, RegionEntry entry) {
    return switch (entry.policy()) {
      case RegionPolicy.Manual _ -> false;
      case RegionPolicy.ReferenceCounted counted ->
          unheldNanos(slot) >= counted.grace().toNanos()
              && reclamation.tryReclaim(slot, generation);
      case RegionPolicy.Automatic automatic ->
          Math.min(unheldNanos(slot), unusedNanos(slot)) >= automatic.timeout().toNanos()
              && reclamation.tryReclaim(slot, generation);
    };
  }

  private long unheldNanos(int slot) {
    return member.now() - member.table.field(slot, RegionLayout.UNHELD_SINCE);
  }

  private long unusedNanos(int slot) {
    return member.now() - member.table.field(slot, RegionLayout.LAST_ACCESS);
  }

  private void noteUnheld(int slot) {
    if (member.ledger.isUnheld(slot)) {
      member.table.setField(slot, RegionLayout.UNHELD_SINCE, member.now());
    }
  }
}
