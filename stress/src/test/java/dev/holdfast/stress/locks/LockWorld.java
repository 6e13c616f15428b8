package dev.holdfast.stress.locks;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.Locks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A space of a test's own, a region of words that its locks protect, and the parties in it.
 *
 * <p><b>Lifetime.</b> {@link #close} ends all parties and then the space, and insists that nothing
 * of it is left in shared memory.
 */
final class LockWorld implements AutoCloseable {
  private static final long WORDS = 1024;

  /** Where that count stands: the header's table in docs/layout/locks.md. */
  private static final long DEADLOCKS_BROKEN = 216;

  private final Path root;
  private final String name = "locks-" + ProcessHandle.current().pid();
  private final List<Party> parties = new ArrayList<>();
  private final List<Space> joined = new ArrayList<>();
  private final Space space;
  private final Region region;
  private final String objects;
  final Locks locks;
  final Words data;

  LockWorld(Path root) {
    this.root = root;
    this.space = Space.open(SpaceSpec.named(name).under(root));
    this.region = space.create(RegionSpec.named("data").bytes(WORDS * Long.BYTES));
    this.objects = region.info().osName().replaceFirst("-r[0-9a-f]+$", "-");
    this.locks = Locks.of(space);
    this.data = Platform.current().words(region.segment());
  }

  /** A thread of this JVM, as the participant that the test itself is. */
  Party thread(Thread.Builder kind) {
    return added(new ThreadParty(kind, new LockCommands(locks, data)));
  }

  /** A thread of this JVM that is a participant of its own, as another process would be. */
  Party threadOfItsOwn(Thread.Builder kind) {
    Space own = Space.open(SpaceSpec.named(name).under(root));
    joined.add(own);
    return added(new ThreadParty(kind, new LockCommands(Locks.of(own), data)));
  }

  /** Another JVM; this does not wait until it is there. */
  ProcessParty java() {
    return added(ProcessParty.java(root, name));
  }

  /** A Python process; this does not wait until it is there. */
  ProcessParty python() {
    return added(ProcessParty.python(root, name));
  }

  /** A Python process in a PID namespace of its own. */
  ProcessParty pythonInPidNamespace() {
    return added(ProcessParty.pythonInPidNamespace(root, name));
  }

  private <P extends Party> P added(P party) {
    parties.add(party);
    return party;
  }

  Space space() {
    return space;
  }

  /** How many deadlocks were broken, by the count in the lock segment's header. */
  long deadlocksBroken() {
    Path segment = Path.of("/dev/shm", objects.substring(1) + "lck");
    ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    try (FileChannel file = FileChannel.open(segment)) {
      file.read(count, DEADLOCKS_BROKEN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return count.flip().getLong();
  }

  /** How many waits ended as a deadlock's victim, by the locks' own counts. */
  long victims() {
    return locks.list().stream().mapToLong(lock -> lock.statistics().victims()).sum();
  }

  /** Waits until that many wait for that lock. */
  void awaitWaiters(String lock, int count) {
    await(() ->
        locks.list().stream()
            .anyMatch(info -> info.name().equals(lock) && info.waiters().size() >= count));
  }

  /** Waits until it is so; the deadline is a watchdog. */
  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Party.WATCHDOG_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("never became true");
      }
      LockSupport.parkNanos(200_000);
    }
  }

  @Override
  public void close() {
    for (Party party : parties) {
      party.close();
    }
    for (Space other : joined) {
      other.close();
    }
    space.sweep();
    region.close();
    space.close();
    List<String> left = Platform.current().listShared(objects);
    if (!left.isEmpty()) {
      throw new AssertionError("left in shared memory: " + left);
    }
  }
}
