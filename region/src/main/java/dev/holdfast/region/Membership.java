package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Platform.WordMapping;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What a {@link Layer} may use of a space: who takes part and lives, the space's exclusive section,
 * and shared memory that lives as long as the space.
 *
 * <p><b>Sharing.</b> Any thread.
 *
 * <p><b>Lifetime.</b> Until the space closes; a layer is closed before.
 */
public final class Membership {
  private static final int FILE_MODE = 0600;

  private final Member member;
  private final Arena arena;
  private final Duration timeout;

  Membership(Member member, Arena arena, Duration timeout) {
    this.member = member;
    this.arena = arena;
    this.timeout = timeout;
  }

  /** The operating system that the space works on. */
  public Platform platform() {
    return member.platform;
  }

  /** The space's name. */
  public String space() {
    return member.space;
  }

  /** This participant's handle: {@code generation << 16 | slot}. */
  public long me() {
    return Handle.of(member.me.slot(), member.me.generation());
  }

  /** How many participant slots the space has. */
  public int participants() {
    return member.participants.capacity();
  }

  /** The space's incarnation: two lives of a space of the same name differ in it. */
  public long incarnation() {
    return member.segment.words().get(HeaderLayout.INCARNATION_AT);
  }

  /**
   * Whether that participant still has its place: false proves that it is dead or gone; true says
   * little, for the dead keep their place until somebody recovers them. Two reads of shared words.
   */
  public boolean hasPlace(long participant) {
    return member.participants.isMember(participant);
  }

  /** Whether that participant lives, proved by the kernel. A system call. */
  public boolean isAlive(long participant) {
    int slot = Handle.slot(participant);
    return hasPlace(participant)
        && (slot == member.me.slot() || member.live.isAlive(slot))
        && hasPlace(participant);
  }

  /** The entry of whoever has the slot, if anybody has. */
  public Optional<ParticipantInfo> participant(int slot) {
    return member.participants.isFree(slot)
        ? Optional.empty()
        : Optional.of(member.participants.read(slot, true));
  }

  /** The name of the region that stands in a slot of the table, if one does. */
  public Optional<String> regionName(int slot) {
    boolean stands =
        slot >= 0
            && slot < member.segment.regions()
            && StateWord.state(member.table.rawState(slot)) != StateWord.FREE;
    return stands
        ? member.table.parse(slot, new StringBuilder()).map(RegionEntry::name)
        : Optional.empty();
  }

  /** Runs {@code change} as the only one in the space's catalog section. */
  public <T> T exclusively(Supplier<T> change) {
    return member.catalog.section(member.me, change);
  }

  /** Adds to the space's events. */
  public void record(SpaceEvent.Kind kind, long value, String text) {
    member.record(kind, 0, value, text);
  }

  /**
   * Opens the annex of that name, or makes it: a shared memory object beside the control segment,
   * which is removed with the space. One process at a time, under the space's creation lock.
   *
   * <p><b>Crash points.</b> One whose maker died before {@code initialise} made it usable is thrown
   * away by the next one in.
   *
   * @param suffix its name: {@code /hf-<hash>-<suffix>}
   * @param bytes of a new one
   * @param usable whether an existing one is finished and of this life of the space; it may throw
   *     to refuse one that is but cannot be used
   * @param initialise writes a new one, zeroed; its last store makes it usable
   * @throws OutOfSharedMemoryException if there is no room for a new one
   */
  public WordMapping annex(
      AnnexName suffix, long bytes, Predicate<Words> usable, Consumer<Words> initialise) {
    String name = Names.annexObject(member.spaceHash, suffix);
    try (LivenessFile.Held _ = member.live.lockCreation(timeout)) {
      Optional<WordMapping> existing = openAnnex(name).filter(annex -> usable.test(annex.words()));
      return existing.isPresent() ? existing.get() : createAnnex(name, bytes, initialise);
    }
  }

  /** The annexes that there are. */
  public enum AnnexName {
    /** The locks' tables. */
    LOCKS("lck");

    private final String suffix;

    AnnexName(String suffix) {
      this.suffix = suffix;
    }

    String suffix() {
      return suffix;
    }
  }

  private Optional<WordMapping> openAnnex(String name) {
    Descriptor object;
    try {
      object = member.platform.openShared(name, Access.READ_WRITE, Creation.OPEN, FILE_MODE);
    } catch (SystemCallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      long bytes = member.platform.status(object).bytes();
      return bytes < Long.BYTES ? Optional.empty() : Optional.of(map(object, bytes));
    } finally {
      member.platform.close(object);
    }
  }

  private WordMapping createAnnex(String name, long bytes, Consumer<Words> initialise) {
    unlink(member.platform, name);
    Descriptor object =
        member.platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, FILE_MODE);
    boolean done = false;
    try {
      member.platform.allocate(object, 0, bytes);
      WordMapping annex = map(object, bytes);
      initialise.accept(annex.words());
      done = true;
      return annex;
    } catch (SystemCallException e) {
      throw e.is(Errno.ENOSPC) ? noRoom(name, bytes, e) : e;
    } finally {
      member.platform.close(object);
      if (!done) {
        unlink(member.platform, name);
      }
    }
  }

  private WordMapping map(Descriptor object, long bytes) {
    return member.platform.mapWords(object, bytes, arena);
  }

  private static OutOfSharedMemoryException noRoom(String name, long bytes, SystemCallException e) {
    return new OutOfSharedMemoryException(
        "no room beside the control segment: object=%s, asked=%d bytes; give the mount more (docker run --shm-size)"
            .formatted(name, bytes),
        e);
  }

  /** Removes every annex of a space; missing ones are fine. */
  static void removeAnnexes(Platform platform, String spaceHash) {
    for (AnnexName annex : AnnexName.values()) {
      unlink(platform, Names.annexObject(spaceHash, annex));
    }
  }

  private static void unlink(Platform platform, String name) {
    try {
      platform.unlinkShared(name);
    } catch (SystemCallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }
}
