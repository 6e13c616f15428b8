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
 * more.
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
    int dropped = subtract(participant);
    for (int slot = 0; slot < member.table.highSlot(); slot++) {
      int region = slot;
      orLog(slot, () -> actOnOwnersDeath(region, handle));
    }
    member.participants.free(participant);
    member.layers.participantDied(handle); // when nobody takes it for alive any more
    member.catalog.count(CatalogLayout.RECOVERIES);
    member.record(SpaceEvent.Kind.RECOVERED, 0, dropped, "participant " + participant);
  }

  /**
   * Finishes what a participant began and drops its holds; how many. No word names it afterwards.
   * For a dead one, and for oneself when leaving.
   */
  int subtract(int participant) {
    int dropped = 0;
    for (int slot = 0; slot < member.table.highSlot(); slot++) {
      int region = slot;
      orLog(slot, () -> finishWork(region, participant));
      if (member.ledger.isSet(slot, participant)) {
        member.table.setField(slot, RegionLayout.UNHELD_SINCE, member.now());
        member.ledger.clear(slot, participant);
        dropped++;
      }
      // also where its release got no further than clearing the bit
      orLog(slot, () -> reclamation.reclaimIfDue(region));
    }
    return dropped;
  }

  /** One region that cannot be given back does not keep the others. */
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
        if (reclamation.reclaimIfDue(slot)) {
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

  /**
   * Waits while somebody looks whether a region can go; recovers the one that does if it is dead.
   */
  void awaitLook(int slot, long generation) {
    Environment.Backoff backoff = member.environment.backoff();
    long word = member.table.state(slot);
    while (isLook(word, generation)) {
      int actor = StateWord.actor(word);
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
      word = member.table.state(slot);
    }
  }

  /** RECLAIMING, and it may turn out that the region stays. */
  static boolean isLook(long word, long generation) {
    return StateWord.state(word) == StateWord.RECLAIMING
        && StateWord.generation(word) == generation
        && !StateWord.isRetired(word);
  }

  private void finishWork(int slot, int participant) {
    long word = member.table.rawState(slot);
    while (member.table.isSound(slot)
        && StateWord.actor(word) == participant
        && !tryFinish(slot, participant, word)) {
      word = member.table.rawState(slot); // somebody retired it meanwhile
    }
  }

  /** Takes the dead actor's word over and goes on; false if the word is not the same any more. */
  private boolean tryFinish(int slot, int participant, long word) {
    int me = member.me.slot();
    long generation = StateWord.generation(word);
    if (StateWord.state(word) == StateWord.CREATING) {
      boolean taken = member.table.changeState(slot, word, StateWord.creating(me, generation));
      if (taken) {
        undoOfDead(slot, participant, generation);
      }
      return taken;
    }
    if (StateWord.state(word) == StateWord.RECLAIMING) {
      boolean taken = member.table.changeState(slot, word, StateWord.reclaiming(me, word));
      if (taken) {
        reclamation.finishReclaim(slot);
      }
      return taken;
    }
    return true; // no state that has an actor: damage, which verify finds
  }

  private void undoOfDead(int slot, int participant, long generation) {
    StringBuilder damage = new StringBuilder();
    long bytes = member.table.parse(slot, damage).map(RegionEntry::bytes).orElse(0L);
    member.ledger.clear(slot, participant);
    reclamation.undo(slot, true);
    member.record(SpaceEvent.Kind.UNDONE, Handle.of(slot, generation), bytes, "its creator died");
  }

  private void actOnOwnersDeath(int slot, long deadHandle) {
    long word = member.table.rawState(slot);
    boolean there =
        member.table.isSound(slot)
            && (StateWord.state(word) == StateWord.LIVE
                || StateWord.state(word) == StateWord.RECLAIMING);
    boolean owned = there && member.table.field(slot, RegionLayout.OWNER) == deadHandle;
    if (owned && member.table.field(slot, RegionLayout.OWNER_DEATH_ACTED) != deadHandle) {
      member
          .table
          .parse(slot, new StringBuilder())
          .ifPresent(entry -> act(slot, StateWord.generation(word), entry, deadHandle));
    }
  }

  private void act(int slot, long generation, RegionEntry entry, long deadHandle) {
    switch (entry.onOwnerDeath()) {
      case KEEP -> {}
      case RETIRE -> {
        reclamation.tryRetire(slot, generation);
        member.record(SpaceEvent.Kind.OWNER_DIED, entry.handle(), 1, entry.name());
        reclamation.tryReclaim(slot, generation);
      }
      case RESET -> {
        if (!zeroOrRetire(slot, generation, entry)) {
          return;
        }
        // a recovery that starts again must not zero what was written since
        member.table.setField(slot, RegionLayout.OWNER_DEATH_ACTED, deadHandle);
        member.record(SpaceEvent.Kind.OWNER_DIED, entry.handle(), 2, entry.name());
      }
    }
  }

  /** What a dead owner wrote is not passed off as reset: zero, or nobody's any more. */
  private boolean zeroOrRetire(int slot, long generation, RegionEntry entry) {
    try {
      reclamation.zero(entry);
      return true;
    } catch (SystemCallException e) {
      LOG.log(
          System.Logger.Level.WARNING, "region cannot be reset, it is retired: " + entry.name(), e);
      reclamation.tryRetire(slot, generation);
      member.record(SpaceEvent.Kind.OWNER_DIED, entry.handle(), 1, entry.name());
      return false;
    }
  }
}
