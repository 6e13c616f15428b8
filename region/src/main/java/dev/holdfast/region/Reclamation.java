package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.SystemCallException;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/**
 * How a region ends: retire (no new holds), reclaim (its memory is given back), undo (it never
 * was).
 *
 * <p><b>Sharing.</b> Any participant, any thread. The state word names the one that acts, so
 * exactly one does, and whoever recovers it goes on where it stopped.
 *
 * <p><b>Crash points.</b> {@link #tryReclaim}: after RECLAIMING(me) the recoverer takes the word
 * over and starts at the second look at the row; RETIRED is set before the first byte is destroyed,
 * so that a region without its bytes can never become one that can be held; zeroing and unlinking
 * can be done twice; in the catalog section {@code actor} makes the next one recount. {@link
 * #undo}: the same from CREATING(me). {@link #tryRetire}: after RETIRED the region is found by the
 * sweep; a name word that was not cleared is passed over, because the state is looked at.
 */
final class Reclamation {
  private static final System.Logger LOG = System.getLogger(Reclamation.class.getName());
  private static final int LOOKS_MAX = 8;

  private final Member member;

  Reclamation(Member member) {
    this.member = member;
  }

  // ---- retire ----------------------------------------------------------------------------------

  /**
   * Sets RETIRED: from then on nobody new can hold the region. Also under a reclaimer that looks at
   * it right now. Whether this call did; false if the region is retired already, or gone.
   */
  boolean tryRetire(int slot, long generation) {
    long word;
    do {
      word = member.table.state(slot);
      int state = StateWord.state(word);
      boolean there = state == StateWord.LIVE || state == StateWord.RECLAIMING;
      if (!there || StateWord.generation(word) != generation || StateWord.isRetired(word)) {
        return false;
      }
    } while (!member.table.changeState(slot, word, word | StateWord.RETIRED));
    String name = clearName(slot, generation);
    member.record(
        SpaceEvent.Kind.RETIRED,
        Handle.of(slot, generation),
        member.ledger.holders(slot).size(),
        name);
    return true;
  }

  /** Takes the name of a retired region's object away while it is held still. */
  void force(int slot, long generation) {
    Optional<RegionEntry> forced =
        member.catalog.section( // nothing is freed meanwhile
            member.me, () -> forceInSection(slot, generation));
    forced.ifPresent(entry ->
        member.record(
            SpaceEvent.Kind.FORCED,
            entry.handle(),
            member.ledger.holders(slot).size(),
            entry.name()));
  }

  private Optional<RegionEntry> forceInSection(int slot, long generation) {
    long word = member.table.state(slot);
    boolean retired = StateWord.generation(word) == generation && StateWord.isRetired(word);
    if (!retired || member.ledger.isUnheld(slot)) {
      return Optional.empty();
    }
    RegionEntry entry = member.table.read(slot, generation);
    member.table.setField(slot, RegionLayout.FORCED, member.me.handle());
    if (!entry.zeroOnReclaim()) {
      unlinkObject(slot, word, Optional.of(entry));
    }
    return Optional.of(entry);
  }

  // ---- reclaim ---------------------------------------------------------------------------------

  /** Reclaims the region in a slot if nobody holds it and it is time; whether this call did. */
  boolean reclaimIfDue(int slot) {
    long word = member.table.rawState(slot);
    return StateWord.state(word) == StateWord.LIVE
        && StateWord.isLegal(word, member.segment.participants())
        && tryReclaim(slot, StateWord.generation(word));
  }

  /** Gives the region back if nobody holds it and it is time; whether this call did. */
  boolean tryReclaim(int slot, long generation) {
    for (int look = 0; look < LOOKS_MAX && member.ledger.isUnheld(slot); look++) {
      long word = member.table.state(slot);
      boolean mine =
          StateWord.state(word) == StateWord.LIVE
              && StateWord.generation(word) == generation
              && isDue(slot, word)
              && member.table.changeState(slot, word, StateWord.reclaiming(member.me.slot(), word));
      if (!mine) {
        return false;
      }
      if (finishReclaim(slot)) {
        return true;
      }
    }
    return false;
  }

  /**
   * From RECLAIMING(me): looks again, now that nobody can come in, and goes on or back. Whether the
   * region is gone. If giving it back fails, the region stays, retired, for the next sweep.
   */
  boolean finishReclaim(int slot) {
    if (!member.ledger.isUnheld(slot) || !isDue(slot, member.table.state(slot))) {
      change(slot, StateWord::backToLive);
      return false;
    }
    // before anything is destroyed: no way back to a region that can be held
    long word = change(slot, seen -> seen | StateWord.RETIRED);
    Optional<RegionEntry> entry = member.table.parse(slot, new StringBuilder());
    try {
      giveBack(slot, word, entry);
      free(slot, word, entry, CatalogLayout.RECLAIMED);
    } catch (RuntimeException e) {
      if (member.table.rawState(slot) == word) {
        change(slot, StateWord::backToLive);
      }
      throw e;
    }
    member.record(
        SpaceEvent.Kind.RECLAIMED,
        Handle.of(slot, StateWord.generation(word)),
        entry.map(RegionEntry::bytes).orElse(0L),
        entry.map(RegionEntry::name).orElse("(damaged entry)"));
    return true;
  }

  /**
   * From CREATING(me): the region never was. If its object cannot be unlinked, the slot is freed
   * all the same and the object is a leftover.
   *
   * @param unlink whether an object of that name is ours
   */
  void undo(int slot, boolean unlink) {
    long word = member.table.state(slot);
    Optional<RegionEntry> entry = member.table.parse(slot, new StringBuilder());
    if (unlink) {
      unlinkOrLeave(slot, word, entry);
    }
    free(slot, word, entry, CatalogLayout.UNDONE);
  }

  /** Sets the region's bytes to zero, if its object is still there. */
  void zero(RegionEntry entry) {
    Descriptor object;
    try {
      object = member.openObject(entry, Access.READ_WRITE);
    } catch (SystemCallException e) {
      if (e.is(Errno.ENOENT)) {
        return;
      }
      throw e;
    }
    try (Arena arena = Arena.ofConfined()) {
      long bytes = Math.min(entry.bytes(), member.platform.status(object).bytes());
      if (bytes > 0) {
        member.platform.map(object, bytes, Access.READ_WRITE, arena).fill((byte) 0);
      }
    } finally {
      member.platform.close(object);
    }
  }

  // ---- when ------------------------------------------------------------------------------------

  /** Whether the region goes when nobody holds it: it is retired, or its policy says so now. */
  private boolean isDue(int slot, long word) {
    if (StateWord.isRetired(word)) {
      return true;
    }
    // a glance first: the last release of a region that stays need not check its whole entry;
    // a damaged entry is never due, whatever this word says
    return member.table.field(slot, RegionLayout.POLICY) != RegionLayout.POLICY_MANUAL
        && member
            .table
            .parse(slot, new StringBuilder())
            .map(entry -> isDueByPolicy(slot, entry))
            .orElse(false);
  }

  private boolean isDueByPolicy(int slot, RegionEntry entry) {
    return switch (entry.policy()) {
      case RegionPolicy.Manual _ -> false;
      case RegionPolicy.ReferenceCounted counted ->
          counted.grace().isZero()
              || since(slot, RegionLayout.UNHELD_SINCE) >= counted.grace().toNanos();
      case RegionPolicy.Automatic automatic -> {
        long unheld = since(slot, RegionLayout.UNHELD_SINCE);
        long unused = since(slot, RegionLayout.LAST_ACCESS);
        yield Math.min(unheld, unused) >= automatic.timeout().toNanos();
      }
    };
  }

  /** How long ago that was; a time still to come is damage, and begins now. */
  private long since(int slot, int field) {
    long nanos = member.now() - member.table.field(slot, field);
    if (nanos < 0) {
      member.table.setField(slot, field, member.now());
    }
    return nanos;
  }

  // ---- steps -----------------------------------------------------------------------------------

  private void giveBack(int slot, long word, Optional<RegionEntry> entry) {
    if (entry.isPresent() && entry.get().zeroOnReclaim()) {
      zero(entry.get());
    }
    boolean unlinkedBefore =
        entry.map(found -> found.file() && !found.zeroOnReclaim()).orElse(false)
            && member.table.field(slot, RegionLayout.FORCED) != 0;
    if (!unlinkedBefore) { // by now the path may be somebody else's file
      unlinkObject(slot, word, entry);
    }
  }

  /** Takes the name of the region's object away; a missing one is fine. */
  private void unlinkObject(int slot, long word, Optional<RegionEntry> entry) {
    try {
      if (entry.isPresent() && entry.get().file()) {
        boolean ours =
            entry.get().deleteFile() && member.table.field(slot, RegionLayout.FILE_MADE) == 1;
        if (ours) {
          member.platform.unlinkFile(entry.get().path());
        }
      } else {
        member.platform.unlinkShared(
            member.objectName(new RegionId(Handle.of(slot, StateWord.generation(word)))));
      }
    } catch (SystemCallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /** A slot that stays CREATING is worse than an object that stays: the leftovers tell of that. */
  private void unlinkOrLeave(int slot, long word, Optional<RegionEntry> entry) {
    try {
      entry.filter(found -> isSecretOfOurs(slot, found)).ifPresent(this::zero);
      unlinkObject(slot, word, entry);
    } catch (SystemCallException e) {
      LOG.log(System.Logger.Level.WARNING, "the object of a region that failed is left behind", e);
    }
  }

  private void free(int slot, long word, Optional<RegionEntry> entry, int counter) {
    member.catalog.section(
        member.me,
        () -> {
          member.table.setNameWord(slot, 0);
          change(slot, _ -> StateWord.free(StateWord.generation(word)));
          if (entry.isPresent()) {
            member.catalog.discharge(entry.get().owner(), entry.get().chargedBytes());
          } else {
            member.catalog.recount();
          }
          member.catalog.count(counter);
          return slot;
        });
  }

  /** Whether what was written so far is to be set to zero; a file that we did not make is not. */
  private boolean isSecretOfOurs(int slot, RegionEntry entry) {
    return entry.zeroOnReclaim()
        && (!entry.file() || member.table.field(slot, RegionLayout.FILE_MADE) == 1);
  }

  /** Changes a state word that names us; others may set RETIRED in it meanwhile. */
  private long change(int slot, LongUnaryOperator update) {
    long word;
    do {
      word = member.table.state(slot);
    } while (!member.table.changeState(slot, word, update.applyAsLong(word)));
    return update.applyAsLong(word);
  }

  /** Nobody finds the region by name any more; the name it had. */
  private String clearName(int slot, long generation) {
    return member.catalog.section(
        member.me,
        () -> {
          if (StateWord.generation(member.table.rawState(slot)) != generation) {
            return "";
          }
          member.table.setNameWord(slot, 0);
          return member.table.parse(slot, new StringBuilder()).map(RegionEntry::name).orElse("");
        });
  }
}
