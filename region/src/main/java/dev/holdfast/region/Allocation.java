package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.FileSystemStatus;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a region begins: a slot is claimed, the object is made with all its pages, mapped and filled,
 * and only then can anybody hold it.
 *
 * <p><b>Sharing.</b> Names and sums are decided inside the catalog section; allocating the pages
 * and filling them, which takes long, happens outside it.
 *
 * <p><b>Crash points.</b> Before the CAS to CREATING: a FREE slot with bytes nobody reads. After
 * it, up to LIVE: the state word names us; whoever recovers us unlinks the object and frees the
 * slot. Our own ledger bit is set before LIVE, so a region is never LIVE without a holder at birth.
 */
final class Allocation {
  private static final int NAMES_TRIED_MAX = 16;
  private static final long CHUNK_BYTES = 64L << 20;

  private final Member member;
  private final Recovery recovery;
  private final Reclamation reclamation;
  private final LocalHolds holds;

  Allocation(Member member, Recovery recovery, Reclamation reclamation, LocalHolds holds) {
    this.member = member;
    this.recovery = recovery;
    this.reclamation = reclamation;
    this.holds = holds;
  }

  /**
   * Creates the region and holds it; on any failure nothing is left of it.
   *
   * @param prepare maps and fills the object, which it closes, before anybody can see the region
   */
  OpenRegion create(RegionSpec spec, BiFunction<RegionEntry, Descriptor, OpenRegion> prepare) {
    RegionEntry wanted = wanted(spec);
    for (int tried = 0; tried < NAMES_TRIED_MAX; tried++) {
      RegionEntry entry = claim(wanted);
      Descriptor object = makeOrUndo(spec, entry);
      if (object != null) {
        OpenRegion prepared = prepareOrUndo(entry, object, prepare);
        publish(entry);
        return prepared;
      }
    }
    throw new NameTakenException(
        "objects with the names of this space's regions exist already: space=%s, prefix=/hf-%s-r; tried=%d; run: holdfast -s %s gc"
            .formatted(member.space, member.spaceHash, NAMES_TRIED_MAX, member.space));
  }

  // ---- what is wanted --------------------------------------------------------------------------

  private RegionEntry wanted(RegionSpec spec) {
    @Nullable FileStatus file = spec.path().map(member.platform::statusOf).orElse(null);
    if (file != null) {
      return entry(spec, sizeOfExisting(spec, file), false);
    }
    if (spec.bytes() == 0) {
      throw new IllegalArgumentException(
          spec.path()
              .map(path ->
                  "no such file, and no size to make it with: region=%s, path=%s"
                      .formatted(spec.name(), path))
              .orElse(
                  "say how large the region is: RegionSpec.named(\"%s\").bytes(…)"
                      .formatted(spec.name())));
    }
    if (spec.isReadOnly()) {
      throw new IllegalArgumentException(
          "a region nobody can write would stay zero: region=%s; readOnly() is for an existing file"
              .formatted(spec.name()));
    }
    return entry(spec, spec.bytes(), spec.path().isPresent());
  }

  private RegionEntry entry(RegionSpec spec, long bytes, boolean deleteFile) {
    return spec.toEntry(bytes, deleteFile, member.me, member.uid, member.platform.epochNanos());
  }

  private static long sizeOfExisting(RegionSpec spec, FileStatus file) {
    String path = spec.path().orElseThrow();
    if (file.kind() != FileStatus.Kind.REGULAR) {
      throw new IllegalArgumentException(
          "only a regular file can stand behind a region: region=%s, path=%s, kind=%s"
              .formatted(spec.name(), path, file.kind()));
    }
    long bytes = spec.bytes() == 0 ? file.bytes() : spec.bytes();
    if (file.bytes() == 0 || bytes > file.bytes()) {
      throw new IllegalArgumentException(
          "the file is shorter than the region: region=%s, path=%s, file=%d bytes, region=%d bytes"
              .formatted(spec.name(), path, file.bytes(), Math.max(1, bytes)));
    }
    if (spec.zeroes()) {
      throw new IllegalArgumentException(
          "zeroing an existing file would destroy it: region=%s, path=%s"
              .formatted(spec.name(), path));
    }
    return bytes;
  }

  // ---- the slot --------------------------------------------------------------------------------

  private RegionEntry claim(RegionEntry wanted) {
    try {
      return claimOnce(wanted);
    } catch (LimitExceededException | NameTakenException first) {
      recovery.sweep(); // the dead may hold what we lack
      return claimOnce(wanted);
    }
  }

  /** What came of a claim: a slot, or why there is none. */
  private sealed interface Claim {
    record Taken(RegionEntry entry) implements Claim {}

    record Refused(HoldfastException why) implements Claim {}
  }

  private RegionEntry claimOnce(RegionEntry wanted) {
    return switch (member.catalog.section(member.me, () -> claimInside(wanted))) {
      case Claim.Taken taken -> taken.entry();
      case Claim.Refused refused -> throw refused.why();
    };
  }

  /** A refusal is a result: an exception would tell the next one in to recount the sums. */
  private Claim claimInside(RegionEntry wanted) {
    try {
      Limits limits = member.catalog.limits();
      requireNameFree(wanted.name());
      requirePathFree(wanted);
      requireWithin(limits, wanted);
      int slot = member.table.firstFree(limits.regions());
      if (slot < 0) {
        throw tooMany("regions", limits.regions(), limits.regions() + 1L, "--regions");
      }
      return new Claim.Taken(take(slot, wanted));
    } catch (LimitExceededException | NameTakenException | CorruptedException e) {
      return new Claim.Refused(e);
    }
  }

  private RegionEntry take(int slot, RegionEntry wanted) {
    long before = member.table.state(slot);
    long generation = StateWord.nextGeneration(StateWord.generation(before));
    RegionEntry entry = wanted.withHandle(Handle.of(slot, generation));
    member.table.raiseHighSlot(slot + 1);
    member.table.write(slot, entry, member.now());
    member.table.setNameWord(slot, Names.hash(entry.name()));
    member.table.changeState(slot, before, StateWord.creating(member.me.slot(), generation));
    member.catalog.charge(member.me.slot(), entry.chargedBytes());
    return entry;
  }

  private void requireNameFree(String name) {
    long hash = Names.hash(name);
    for (int slot = member.table.nextNamed(hash, 0);
        slot >= 0;
        slot = member.table.nextNamed(hash, slot + 1)) {
      long word = member.table.state(slot);
      boolean counts = StateWord.state(word) != StateWord.FREE && !StateWord.isRetired(word);
      boolean same =
          counts
              && member
                  .table
                  .parse(slot, new StringBuilder())
                  .map(entry -> entry.name().equals(name))
                  .orElse(false);
      if (same) {
        throw new NameTakenException(
            "a region of that name exists: space=%s, name=%s, id=%s, state=%s; choose another name, open it, or remove it first"
                .formatted(
                    member.space,
                    name,
                    new RegionId(Handle.of(slot, StateWord.generation(word))),
                    StateWord.describe(word)));
      }
    }
  }

  /** A file that another region will delete must not stand behind a second one. */
  private void requirePathFree(RegionEntry wanted) {
    for (int slot = 0; wanted.file() && slot < member.table.highSlot(); slot++) {
      if (StateWord.state(member.table.rawState(slot)) == StateWord.FREE) {
        continue;
      }
      member
          .table
          .parse(slot, new StringBuilder())
          .filter(other -> other.deleteFile() && other.path().equals(wanted.path()))
          .ifPresent(other -> {
            throw new NameTakenException(
                "another region made this file and deletes it at its end: path=%s, region=%s %s; use its region, or another path"
                    .formatted(wanted.path(), other.id(), other.name()));
          });
    }
  }

  private void requireWithin(Limits limits, RegionEntry wanted) {
    long bytes = wanted.chargedBytes();
    if (bytes > limits.regionBytes()) {
      throw tooMany("bytes a region", limits.regionBytes(), bytes, "--region-bytes");
    }
    requireRoom(
        "bytes of the space",
        member.catalog.bytesInUse(),
        bytes,
        limits.spaceBytes(),
        "--space-bytes");
    requireRoom(
        "bytes of this participant",
        member.participants.bytesInUse(member.me.slot()),
        bytes,
        limits.participantBytes(),
        "--participant-bytes");
    requireRoom("regions", member.catalog.regionsInUse(), 1, limits.regions(), "--regions");
  }

  private void requireRoom(String what, long inUse, long more, long limit, String option) {
    if (more > limit - inUse) {
      throw new LimitExceededException(
          "over the space's limit: space=%s, limit=%s, allowed=%d, in use=%d, asked=%d; remove regions, or raise it: while the space is open, holdfast -s %s limits %s N; for a new one, SpaceSpec.limits"
              .formatted(member.space, what, limit, inUse, more, member.space, option));
    }
  }

  private LimitExceededException tooMany(String what, long limit, long asked, String option) {
    return new LimitExceededException(
        "over the space's limit: space=%s, limit=%s, allowed=%d, asked=%d; raise it: while the space is open, holdfast -s %s limits %s N; for a new one, SpaceSpec.limits"
            .formatted(member.space, what, limit, asked, member.space, option));
  }

  // ---- the object ------------------------------------------------------------------------------

  /** The object; null when a leftover has its name. */
  private @Nullable Descriptor makeOrUndo(RegionSpec spec, RegionEntry entry) {
    try {
      return make(spec, entry);
    } catch (SystemCallException e) {
      boolean nameTaken = e.is(Errno.EEXIST) && !entry.file();
      undo(entry, !nameTaken, e);
      if (nameTaken) {
        return null;
      }
      throw explain(entry, e); // after undoing: what is free then is what there is
    } catch (RuntimeException | Error e) {
      undo(entry, true, e);
      throw e;
    }
  }

  private OpenRegion prepareOrUndo(
      RegionEntry entry,
      Descriptor object,
      BiFunction<RegionEntry, Descriptor, OpenRegion> prepare) {
    try {
      return prepare.apply(entry, object);
    } catch (RuntimeException | Error e) {
      undo(entry, true, e);
      throw e;
    }
  }

  private void undo(RegionEntry entry, boolean unlink, Throwable reason) {
    try {
      reclamation.undo(Handle.slot(entry.handle()), unlink);
    } catch (RuntimeException second) {
      reason.addSuppressed(second);
    }
  }

  private Descriptor make(RegionSpec spec, RegionEntry entry) {
    if (!entry.file()) {
      Descriptor object =
          member.platform.openShared(
              member.objectName(entry.id()),
              Access.READ_WRITE,
              Creation.CREATE_NEW,
              entry.permissions());
      return allocated(object, spec, entry);
    }
    if (!entry.deleteFile()) {
      Access access = spec.isReadOnly() ? Access.READ_ONLY : Access.READ_WRITE;
      return member.platform.openFile(entry.path(), access, Creation.OPEN, 0);
    }
    Descriptor file =
        member.platform.openFile(
            entry.path(), Access.READ_WRITE, Creation.CREATE_NEW, entry.permissions());
    member.table.setField(Handle.slot(entry.handle()), RegionLayout.FILE_MADE, 1);
    return allocated(file, spec, entry);
  }

  private Descriptor allocated(Descriptor object, RegionSpec spec, RegionEntry entry) {
    boolean done = false;
    try {
      for (long at = 0; at < entry.bytes(); at += CHUNK_BYTES) {
        long length = Math.min(CHUNK_BYTES, entry.bytes() - at);
        member.platform.allocate(object, at, length);
        spec.progress().accept(at + length);
      }
      done = true;
      return object;
    } finally {
      if (!done) {
        member.platform.close(object);
      }
    }
  }

  private RuntimeException explain(RegionEntry entry, SystemCallException e) {
    boolean noRoom = e.is(Errno.ENOSPC) || e.is(Errno.EFBIG) || e.is(Errno.EDQUOT);
    if (!noRoom) {
      return e;
    }
    FileSystemStatus below =
        member.platform.fileSystem(entry.file() ? parent(entry.path()) : "/dev/shm");
    return new OutOfSharedMemoryException(
        "no room for the region: name=%s, asked=%d bytes, mount=%s (%s), size=%d, available=%d; remove regions (holdfast ls), or give the mount more: docker run --shm-size, Kubernetes emptyDir medium Memory with a larger sizeLimit, mount -o remount,size=…"
            .formatted(
                entry.name(),
                entry.bytes(),
                below.mountPoint(),
                below.type(),
                below.totalBytes(),
                below.availableBytes()),
        e);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  private void publish(RegionEntry entry) {
    int slot = Handle.slot(entry.handle());
    long generation = Handle.generation(entry.handle());
    holds.adopt(entry.id());
    member.table.changeState(
        slot, StateWord.creating(member.me.slot(), generation), StateWord.live(generation));
    member.record(SpaceEvent.Kind.CREATED, entry.handle(), entry.bytes(), entry.name());
  }
}
