package dev.holdfast.testkit;

import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus.Kind;
import dev.holdfast.platform.ProcessIdentity;
import dev.holdfast.platform.SystemCallException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An operating system in memory, for several simulated processes in one JVM: shared memory objects
 * that alias, files and directories with owners and modes, kernel locks that belong to the open
 * descriptor, futexes, process descriptors, a clock that stands still until it is looked at.
 *
 * <p>Shared memory objects are the files of {@code /dev/shm}, as on Linux. {@code /}, {@code /tmp}
 * and {@code /dev/shm} exist.
 *
 * <p><b>Time.</b> Each look at the monotonic clock moves it on by a tick (1 ms at first), so that a
 * loop that waits for another process reaches its deadline. A wait with a deadline that nothing
 * ends at once moves the clock to the deadline; one without blocks until another process ends it.
 *
 * <p><b>Not simulated.</b> Search permission of directories, links in the middle of a path,
 * hardware write protection, faults of pages that were never allocated.
 *
 * <p><b>Sharing.</b> Any thread; everything is guarded by the kernel's own monitor.
 */
public final class FakeKernel {
  private static final String SHARED = "/dev/shm";

  private final Map<String, FakeNode> nodes = new TreeMap<>();
  private final List<FakeMount> mounts = new ArrayList<>();
  private final List<FakeProcess> processes = new ArrayList<>();
  private final List<FakeWaiter> waiters = new ArrayList<>();
  private long nextInode = 1;
  private long nextPid = 1000;
  private int nextDescriptor = 3;
  private long boots = 1;
  private long monotonicNanos = 1_000_000_000L;
  private long epochNanos = 1_800_000_000_000_000_000L;
  private long tickNanos = 1_000_000L;

  /** A machine that was just started. */
  public FakeKernel() {
    mounts.add(new FakeMount("/", "ext4", 1));
    mounts.add(new FakeMount(SHARED, "tmpfs", 2));
    makeSystemDirectories();
  }

  private void makeSystemDirectories() {
    for (String path : List.of("/", "/dev", SHARED, "/tmp")) {
      int permissions = path.equals("/") || path.equals("/dev") ? 0755 : 01777;
      nodes.computeIfAbsent(path, p -> newNode(Kind.DIRECTORY, p, 0, 0, permissions)).links = 1;
    }
  }

  /** Starts a process of user and group 1000. */
  public FakeProcess start(String name) {
    return start(name, 1000, 1000);
  }

  /** Starts a process of that user and group. */
  public synchronized FakeProcess start(String name, long uid, long gid) {
    long pid = nextPid++;
    FakeProcess process =
        new FakeProcess(
            this, name, new ProcessIdentity(pid, pid * 10, 4026531836L, uid, gid, boots, ~boots));
    processes.add(process);
    return process;
  }

  /** Sets the size of the file system mounted at {@code point}. */
  public synchronized void limit(String point, long totalBytes) {
    mounts.stream()
            .filter(mount -> mount.point.equals(point))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("nothing is mounted: point=" + point))
            .totalBytes =
        totalBytes;
  }

  /** Puts a symbolic link there, as an attacker would. */
  public synchronized void plantLink(String path) {
    put(path, newNode(Kind.SYMBOLIC_LINK, path, 0, 0, 0777));
  }

  /** Moves the clocks on; waits whose deadline is reached end. */
  public synchronized void advance(Duration duration) {
    advance(duration.toNanos());
  }

  /** Sets how far each look at the monotonic clock moves it on. */
  public synchronized void tick(Duration tick) {
    tickNanos = tick.toNanos();
  }

  /** The machine restarts: processes end, what was in memory is gone, files stay. */
  public synchronized void reboot() {
    processes.forEach(FakeProcess::kill);
    nodes.values().removeIf(node -> node.mount.inMemory());
    makeSystemDirectories();
    mounts.stream().filter(FakeMount::inMemory).forEach(mount -> mount.usedBytes = 0);
    boots++;
    monotonicNanos = 1_000_000_000L;
  }

  /** What exists: objects, files, directories, and the open descriptors of living processes. */
  public synchronized List<String> leftovers() {
    List<String> found = new ArrayList<>();
    nodes.forEach((path, node) -> {
      if (!List.of("/", "/dev", SHARED, "/tmp").contains(path)) {
        found.add(node.kind.name().toLowerCase(java.util.Locale.ROOT) + " " + path);
      }
    });
    for (FakeProcess process : processes) {
      process.names.forEach((number, name) -> {
        if (process.descriptors.containsKey(number)) {
          found.add("descriptor of " + process.name() + ": " + name);
        }
      });
    }
    return List.copyOf(found);
  }

  // ---- for FakePlatform, which calls under this monitor ------------------------------------

  @Nullable FakeNode find(String path) {
    return nodes.get(path);
  }

  Collection<String> paths() {
    return nodes.keySet();
  }

  FakeNode newNode(Kind kind, String path, long uid, long gid, int permissions) {
    return new FakeNode(kind, nextInode++, mountOf(path), uid, gid, permissions);
  }

  void put(String path, FakeNode node) {
    nodes.put(path, node);
    node.links = 1;
  }

  void remove(String path) {
    FakeNode node = nodes.remove(path);
    if (node != null) {
      node.links = 0;
      node.freeIfGone();
    }
  }

  boolean hasChildren(String directory) {
    return nodes.keySet().stream().anyMatch(path -> path.startsWith(directory + "/"));
  }

  /** The mount with the longest path in front. */
  FakeMount mountOf(String path) {
    return mounts.stream()
        .filter(mount -> mount.holds(path))
        .reduce((outer, inner) -> inner)
        .orElseThrow();
  }

  int nextDescriptor() {
    return nextDescriptor++;
  }

  void closed(FakeOpenFile file) {
    file.node().locks.removeIf(lock -> lock.owner().equals(file));
    file.node().release();
  }

  @Nullable FakeProcess process(long pid) {
    return processes.stream()
        .filter(process -> process.identity().pid() == pid && process.alive())
        .findFirst()
        .orElse(null);
  }

  List<FakeWaiter> waiters() {
    return waiters;
  }

  long now() {
    return monotonicNanos;
  }

  long look() {
    advance(tickNanos);
    return monotonicNanos;
  }

  long epoch() {
    return epochNanos;
  }

  void advance(long nanos) {
    monotonicNanos += nanos;
    epochNanos += nanos;
    notifyAll();
  }

  /** Waits for another thread to change something. */
  @SuppressWarnings("WaitNotInLoop") // the callers look again at what they wait for
  void pause(String why) {
    try {
      wait();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new SystemCallException(why, Errno.EINTR, "the simulating thread was interrupted");
    }
  }
}
