package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.SystemCallException;
import java.lang.foreign.Arena;
import java.util.Optional;

/**
 * How a region ends: retire (no new holds), reclaim (its memory is given back), undo (it never
 * was).
 *
 * <p><b>Sharing.</b> Any participant, any thread. The state word names the one that acts, so
 * exactly one does, and whoever recovers it goes on where it stopped.
 *
 * <p><b>Crash points.</b> {@link #tryReclaim}: after RECLAIMING(me) the recoverer takes the word
 * over and starts at the second look at the row; zeroing and unlinking can be done twice; in the
 * catalog section {@code actor} makes the next one recount. {@link #undo}: the same from
 * CREATING(me). A failing system call sets a region that was to be reclaimed back to LIVE, RETIRED
 * from the moment its object's name is gone: the next sweep tries again. {@link #tryRetire}: after
 * RETIRED the region is found by the sweep; a name word that was not cleared is passed over,
 * because the state is looked at.
 */
final class Reclamation {
  private static final System.Logger LOG = System.getLogger(Reclamation.class.getName());
  private static final int LOOKS_MAX = 8;

  private final Member member;

  Reclamation(Member member) {
    this.member = member;
  }

  /** LIVE → LIVE+RETIRED, if it is LIVE now: from then on nobody new can hold it. */
  boolean tryRetire(int slot, long generation) {
    if (!member.table.changeState(
        slot, StateWord.live(generation), StateWord.live(generation) | StateWord.RETIRED)) {
      return false;
    }
    clearName(slot, generation);
    member.record(
        SpaceEvent.Kind.RETIRED,
        Handle.of(slot, generation),
        member.ledger.holders(slot).size(),
        nameOf(member.table.parse(slot, new StringBuilder())));
    return true;
  }

  /** Takes the name of a retired region's object away while it is held still. */
  void force(int slot, long generation) {
    long word = member.table.state(slot);
    boolean retired =
        StateWord.generation(word) == generation
            && StateWord.isRetired(word)
            && StateWord.state(word) == StateWord.LIVE;
    if (!retired || member.ledger.isUnheld(slot)) {
      return;
    }
    RegionEntry entry = member.table.read(slot, generation);
    member.table.setField(slot, RegionLayout.FORCED, member.me.handle());
    if (!entry.zeroOnReclaim()) {
      unlinkObject(slot, word, Optional.of(entry));
    }
    member.record(
        SpaceEvent.Kind.FORCED, entry.handle(), member.ledger.holders(slot).size(), entry.name());
  }

  /** Gives the region back if nobody holds it; whether this call did. */
  boolean tryReclaim(int slot, long generation) {
    for (int look = 0; look < LOOKS_MAX && member.ledger.isUnheld(slot); look++) {
      long word = member.table.rawState(slot);
      boolean mine =
          member.table.isSound(slot)
              && StateWord.state(word) == StateWord.LIVE
              && StateWord.generation(word) == generation
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
   * From RECLAIMING(me): looks at the row again and goes on or back. Whether the region is gone.
   */
  boolean finishReclaim(int slot) {
    long word = member.table.state(slot);
    if (!member.ledger.isUnheld(slot)) {
      member.table.changeState(slot, word, StateWord.backToLive(word));
      return false;
    }
    Optional<RegionEntry> entry = member.table.parse(slot, new StringBuilder());
    long onFailure = StateWord.backToLive(word);
    try {
      giveBack(slot, word, entry);
      onFailure |= StateWord.RETIRED;
      member.catalog.section(
          member.me,
          () -> {
            member.table.setNameWord(slot, 0);
            free(slot, word, entry);
            member.catalog.count(CatalogLayout.RECLAIMED);
            return slot;
          });
    } catch (RuntimeException e) {
      member.table.changeState(slot, word, onFailure);
      throw e;
    }
    member.record(
        SpaceEvent.Kind.RECLAIMED,
        Handle.of(slot, StateWord.generation(word)),
        entry.map(RegionEntry::bytes).orElse(0L),
        nameOf(entry));
    return true;
  }

  /**
   * From CREATING(me): the region never was. {@code unlink}: whether an object of that name is
   * ours.
   */
  void undo(int slot, boolean unlink) {
    long word = member.table.state(slot);
    Optional<RegionEntry> entry = member.table.parse(slot, new StringBuilder());
    if (unlink) {
      unlinkOrLeave(slot, word, entry);
    }
    member.ledger.clear(slot, member.me.slot());
    member.catalog.section(
        member.me,
        () -> {
          member.table.setNameWord(slot, 0);
          free(slot, word, entry);
          return slot;
        });
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

  /** Takes the name of the region's object away; a missing one is fine. */
  void unlinkObject(int slot, long word, Optional<RegionEntry> entry) {
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
      unlinkObject(slot, word, entry);
    } catch (SystemCallException e) {
      LOG.log(System.Logger.Level.WARNING, "the object of a region that failed is left behind", e);
    }
  }

  private static String nameOf(Optional<RegionEntry> entry) {
    return entry.map(RegionEntry::name).orElse("(damaged entry)");
  }

  private void giveBack(int slot, long word, Optional<RegionEntry> entry) {
    if (entry.isPresent() && entry.get().zeroOnReclaim()) {
      zero(entry.get());
    }
    unlinkObject(slot, word, entry);
  }

  private void free(int slot, long word, Optional<RegionEntry> entry) {
    member.table.changeState(slot, word, StateWord.free(StateWord.generation(word)));
    if (entry.isPresent()) {
      member.catalog.discharge(entry.get().owner(), entry.get().chargedBytes());
    } else {
      member.catalog.recount();
    }
  }

  private void clearName(int slot, long generation) {
    member.catalog.section(
        member.me,
        () -> {
          long word = member.table.rawState(slot);
          if (StateWord.generation(word) == generation) {
            member.table.setNameWord(slot, 0);
          }
          return slot;
        });
  }
}
