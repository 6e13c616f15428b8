package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.ProcessIdentity;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How a participant comes into a space and leaves it: creates it if it is the first, removes it if
 * it is the last and nothing is left.
 *
 * <p><b>Sharing.</b> Everything here happens under the lock on the creation byte, one process at a
 * time.
 *
 * <p><b>Crash points.</b> Creating: {@code ready} is stored last; a segment without it is thrown
 * away by the next one in. Joining: see {@link Participants}. Leaving: a FREE slot whose byte is
 * still locked is nobody's for a moment; removing the files can be repeated from any point, and a
 * liveness file that lost its name is noticed by everyone who waits for its lock.
 */
final class Entrance {
  private static final System.Logger LOG = System.getLogger(Entrance.class.getName());
  private static final int FILE_MODE = 0600;

  private final SpaceSpec spec;
  private final Environment environment;
  private final Platform platform;
  private final SpaceDirectory directory;

  Entrance(SpaceSpec spec, Environment environment) {
    this.spec = spec;
    this.environment = environment;
    this.platform = environment.platform();
    this.directory = new SpaceDirectory(platform, spec.root().map(Object::toString), spec.name());
  }

  Path root() {
    return Path.of(directory.root());
  }

  /** Comes in. */
  Member enter(Arena arena) {
    Environment.Backoff backoff = environment.backoff();
    while (true) {
      Optional<Member> member = tryEnter(arena);
      if (member.isPresent()) {
        return member.get();
      }
      if (backoff.hasLasted(spec.timeout().toNanos())) {
        throw new BusyException(
            "the space is created and removed all the time: space=%s, waited=%s"
                .formatted(spec.name(), spec.timeout()));
      }
      backoff.pause();
    }
  }

  /** Goes out; the last one removes the space if no region is left in it. */
  void leave(Member member, Recovery recovery) {
    int me = member.me.slot();
    try (LivenessFile.Held _ = member.live.lockCreation(spec.timeout())) {
      recovery.subtract(me);
      boolean last = !member.live.anyOtherAlive();
      if (last) {
        sweepOrLog(recovery);
      }
      member.record(SpaceEvent.Kind.LEFT, 0, 0, spec.label());
      member.participants.free(me);
      if (last && isEmpty(member)) {
        Membership.removeAnnexes(platform, member.spaceHash);
        ignoringMissing(() -> platform.unlinkShared(Names.controlObject(member.spaceHash)));
        directory.remove();
      }
      member.live.unlockParticipant(me);
    } finally {
      member.live.close();
    }
  }

  /** A region that cannot be given back now stays; that is no reason to stay with it. */
  private static void sweepOrLog(Recovery recovery) {
    try {
      recovery.sweep();
    } catch (SystemCallException e) {
      LOG.log(System.Logger.Level.WARNING, "the last sweep of a space failed", e);
    }
  }

  /** One attempt; empty if the space was removed while we waited for it. */
  private Optional<Member> tryEnter(Arena arena) {
    if (spec.create()) {
      directory.make();
    } else if (!directory.exists()) {
      throw noSuchSpace();
    }
    Optional<Descriptor> live = directory.openLive(spec.create());
    if (live.isEmpty()) {
      if (!spec.create()) {
        throw noSuchSpace();
      }
      return Optional.empty();
    }
    LivenessFile file = new LivenessFile(environment, live.get());
    Optional<Member> member = Optional.empty();
    try {
      member = joinUnderLock(file, arena);
      return member;
    } finally {
      if (member.isEmpty()) {
        file.close();
      }
    }
  }

  private Optional<Member> joinUnderLock(LivenessFile file, Arena arena) {
    try (LivenessFile.Held _ = file.lockCreation(spec.timeout())) {
      return directory.isCurrent(file.descriptor())
          ? Optional.of(join(file, arena))
          : Optional.empty();
    }
  }

  private Member join(LivenessFile live, Arena arena) {
    String hash = Names.spaceHash(environment.realPath().apply(directory.root()), spec.name());
    ControlSegment segment = openOrCreateControl(live, hash, arena);
    int limit =
        new Catalog(segment, live, new RegionTable(segment), new Participants(segment))
            .participantLimit();
    for (int slot = 0; slot < limit; slot++) {
      if (live.tryLockParticipant(slot)) {
        return joinAs(slot, live, segment, hash);
      }
    }
    throw new LimitExceededException(
        "the space is full of living participants: space=%s, participants=%d; end some, or create it with a larger limit"
            .formatted(spec.name(), limit));
  }

  private Member joinAs(int slot, LivenessFile live, ControlSegment segment, String hash) {
    ProcessIdentity identity = platform.self();
    long generation = new Participants(segment).nextGeneration(slot);
    Actor me = new Actor(slot, generation, identity.pid());
    Member member = new Member(environment, spec.name(), hash, live, segment, me, identity.uid());
    new Recovery(member, new Reclamation(member)).recover(slot);
    member.participants.join(me, identity, platform.epochNanos(), spec.label());
    member.record(SpaceEvent.Kind.JOINED, 0, 0, spec.label());
    return member;
  }

  // ---- the control segment ---------------------------------------------------------------------

  private ControlSegment openOrCreateControl(LivenessFile live, String hash, Arena arena) {
    Descriptor object;
    try {
      object =
          platform.openShared(
              Names.controlObject(hash), Access.READ_WRITE, Creation.OPEN, FILE_MODE);
    } catch (SystemCallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
      requireNobodyAlive(
          live,
          "its control segment is gone, removed by hand or by the system (systemd's RemoveIPC=yes does that at logout)");
      return createControl(hash, arena);
    }
    try {
      return openControl(object, live, hash, arena);
    } finally {
      platform.close(object);
    }
  }

  private ControlSegment openControl(
      Descriptor object, LivenessFile live, String hash, Arena arena) {
    FileStatus status = platform.status(object);
    directory.refuseUnsafeControl(object.what(), status);
    if (status.bytes() < HeaderLayout.BYTES) {
      return replaceControl(live, hash, arena, "its control segment is too short");
    }
    Words words = platform.words(platform.map(object, status.bytes(), Access.READ_WRITE, arena));
    if (ControlSegment.isUnfinished(words)) {
      return replaceControl(live, hash, arena, "its control segment was never finished");
    }
    var _ =
        ControlSegment.requireIntact(words, spec.name()); // a flipped bit is no reason to unlink
    if (ControlSegment.isCutShort(words)) {
      return replaceControl(live, hash, arena, "its control segment was cut short");
    }
    ProcessIdentity self = platform.self();
    if (!ControlSegment.isOfBoot(words, self.bootId(), self.bootIdLow()) && !live.anyOtherAlive()) {
      return replaceControl(live, hash, arena, "it was left from before a reboot");
    }
    return ControlSegment.check(words, spec.name());
  }

  private ControlSegment replaceControl(
      LivenessFile live, String hash, Arena arena, String reason) {
    requireNobodyAlive(live, reason);
    ignoringMissing(() -> platform.unlinkShared(Names.controlObject(hash)));
    Membership.removeAnnexes(platform, hash);
    for (String object : platform.listShared("/hf-" + hash + "-r")) {
      ignoringMissing(() -> platform.unlinkShared(object));
    }
    if (!spec.create()) {
      throw noSuchSpace();
    }
    return createControl(hash, arena);
  }

  private ControlSegment createControl(String hash, Arena arena) {
    if (!spec.create()) {
      throw noSuchSpace();
    }
    Geometry geometry = Geometry.of(spec.limits());
    ProcessIdentity self = platform.self();
    ControlSegment.Birth birth =
        new ControlSegment.Birth(
            spec.name(),
            self.bootId(),
            self.bootIdLow(),
            ThreadLocalRandom.current().nextLong(),
            platform.epochNanos());
    String name = Names.controlObject(hash);
    boolean done = false;
    try {
      Words words = allocateControl(name, geometry.bytes(), arena);
      directory.writeDescriptor(descriptor(name, geometry, birth));
      ControlSegment segment = ControlSegment.initialise(words, geometry, spec.limits(), birth);
      done = true;
      return segment;
    } catch (SystemCallException e) {
      throw e.is(Errno.ENOSPC) ? noRoom(geometry, e) : e;
    } finally {
      if (!done) {
        ignoringMissing(() -> platform.unlinkShared(name));
        directory.remove();
      }
    }
  }

  private Words allocateControl(String name, long bytes, Arena arena) {
    Descriptor object =
        platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, FILE_MODE);
    try {
      platform.allocate(object, 0, bytes);
      return platform.words(platform.map(object, bytes, Access.READ_WRITE, arena));
    } finally {
      platform.close(object);
    }
  }

  private byte[] descriptor(String controlObject, Geometry geometry, ControlSegment.Birth birth) {
    return """
    {"space":"%s","layout":"%d.%d","control":"%s","participants":%d,"regions":%d,"events":%d,"createdAt":"%s"}
    """
        .formatted(
            spec.name(),
            HeaderLayout.MAJOR,
            HeaderLayout.MINOR,
            controlObject,
            geometry.participants(),
            geometry.regions(),
            geometry.events(),
            EventLog.instant(birth.createdEpochNanos()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isEmpty(Member member) {
    for (int slot = 0; slot < member.table.highSlot(); slot++) {
      if (StateWord.state(member.table.rawState(slot)) != StateWord.FREE) {
        return false;
      }
    }
    return true;
  }

  // ---- refusals --------------------------------------------------------------------------------

  private void requireNobodyAlive(LivenessFile live, String reason) {
    if (live.anyOtherAlive()) {
      throw new CorruptedException(
          "space cannot be used: space=%s, %s, but participants of it are alive; end them, then open it again"
              .formatted(spec.name(), reason));
    }
  }

  private SpaceNotFoundException noSuchSpace() {
    return new SpaceNotFoundException(
        "no such space: space=%s, root=%s; it exists as long as it has a participant or a region"
            .formatted(spec.name(), directory.root()));
  }

  private OutOfSharedMemoryException noRoom(Geometry geometry, SystemCallException e) {
    var below = platform.fileSystem("/dev/shm");
    return new OutOfSharedMemoryException(
        "no room for the space's control segment: space=%s, asked=%d bytes, mount=%s (%s), size=%d, available=%d; ask for fewer regions or participants, or give the mount more (docker run --shm-size)"
            .formatted(
                spec.name(),
                geometry.bytes(),
                below.mountPoint(),
                below.type(),
                below.totalBytes(),
                below.availableBytes()),
        e);
  }

  private static void ignoringMissing(Runnable call) {
    try {
      call.run();
    } catch (SystemCallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }
}
