package dev.holdfast.testkit;

import dev.holdfast.platform.Capabilities;
import dev.holdfast.platform.Capabilities.Capability;
import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.FileStatus.Kind;
import dev.holdfast.platform.FileSystemStatus;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.ProcessIdentity;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one simulated process. Each that changes something is a step, taken before the
 * kernel's monitor is: a paused process holds up nobody.
 */
final class FakePlatform implements Platform {
  private static final String SHARED = "/dev/shm";
  private static final int SHARED_NAME_CHARACTERS_MAX = 31;
  private static final int FILE_NAME_CHARACTERS_MAX = 255;
  private static final int MAY_READ = 4;
  private static final int MAY_WRITE = 2;
  private static final int STICKY = 01000;
  private static final VarHandle FUTEX = ValueLayout.JAVA_INT.varHandle();

  /** The nice value of each thread that asked for its number. */
  private final Map<Long, Integer> nices = new ConcurrentHashMap<>();

  private final FakeProcess process;
  private final FakeKernel kernel;

  FakePlatform(FakeProcess process) {
    this.process = process;
    this.kernel = process.kernel;
  }

  private void changes(String what) {
    process.step(Step.Kind.CALL, what);
  }

  // ---- names ---------------------------------------------------------------------------------

  @Override
  public Descriptor openShared(String name, Access access, Creation creation, int permissions) {
    return open("shm_open", name, sharedPath(name), access, creation, permissions);
  }

  @Override
  public void unlinkShared(String name) {
    unlink("shm_unlink", sharedPath(name));
  }

  @Override
  public List<String> listShared(String prefix) {
    process.requireAlive();
    synchronized (kernel) {
      return kernel.paths().stream()
          .filter(
              path -> path.startsWith(SHARED + prefix) && path.lastIndexOf('/') == SHARED.length())
          .filter(path -> node("list", path).kind == Kind.REGULAR)
          .map(path -> path.substring(SHARED.length()))
          .toList();
    }
  }

  @Override
  public Descriptor openFile(String path, Access access, Creation creation, int permissions) {
    return open("open", path, path, access, creation, permissions);
  }

  private Descriptor open(
      String call, String name, String path, Access access, Creation creation, int permissions) {
    if (creation == Creation.OPEN) {
      process.requireAlive();
    } else {
      changes(call + " " + name);
    }
    synchronized (kernel) {
      FakeNode node = lookUp(call, path);
      if (node == null) {
        if (creation == Creation.OPEN) {
          throw failure(call, Errno.ENOENT, "name=" + name);
        }
        node = create(call, path, Kind.REGULAR, permissions);
      } else {
        requireOpenable(call, node, access, creation, name);
      }
      return opened(node, access, null, name);
    }
  }

  private void requireOpenable(
      String call, FakeNode node, Access access, Creation creation, String name) {
    if (creation == Creation.CREATE_NEW) {
      throw failure(call, Errno.EEXIST, "name=" + name);
    }
    if (node.kind == Kind.SYMBOLIC_LINK) {
      throw failure(call, Errno.ELOOP, "name=" + name);
    }
    if (node.kind == Kind.DIRECTORY && access == Access.READ_WRITE) {
      throw failure(call, Errno.EISDIR, "name=" + name);
    }
    requirePermission(call, node, MAY_READ | (access == Access.READ_WRITE ? MAY_WRITE : 0), name);
  }

  @Override
  public Descriptor openDirectory(String path) {
    process.requireAlive();
    synchronized (kernel) {
      FakeNode node = node("open", path);
      if (node.kind != Kind.DIRECTORY) {
        throw failure("open", Errno.ENOTDIR, "name=" + path);
      }
      requirePermission("open", node, MAY_READ, path);
      return opened(node, Access.READ_ONLY, null, path);
    }
  }

  @Override
  public void makeDirectory(String path, int permissions) {
    changes("mkdir " + path);
    synchronized (kernel) {
      if (lookUp("mkdir", path) != null) {
        throw failure("mkdir", Errno.EEXIST, "name=" + path);
      }
      create("mkdir", path, Kind.DIRECTORY, permissions);
    }
  }

  @Override
  public void removeDirectory(String path) {
    changes("rmdir " + path);
    synchronized (kernel) {
      if (node("rmdir", path).kind != Kind.DIRECTORY) {
        throw failure("rmdir", Errno.ENOTDIR, "name=" + path);
      }
      if (kernel.hasChildren(path)) {
        throw failure("rmdir", Errno.ENOTEMPTY, "name=" + path);
      }
      remove("rmdir", path);
    }
  }

  @Override
  public void unlinkFile(String path) {
    unlink("unlink", path);
  }

  private void unlink(String call, String path) {
    changes(call + " " + path);
    synchronized (kernel) {
      if (node(call, path).kind == Kind.DIRECTORY) {
        throw failure(call, Errno.EISDIR, "name=" + path);
      }
      remove(call, path);
    }
  }

  private FakeNode create(String call, String path, Kind kind, int permissions) {
    requirePermission(call, node(call, parent(path)), MAY_WRITE, path);
    ProcessIdentity self = process.identity();
    FakeNode node = kernel.newNode(kind, path, self.uid(), self.gid(), permissions & 07777);
    kernel.put(path, node);
    return node;
  }

  /** In a sticky directory only the owner of a name removes it. */
  private void remove(String call, String path) {
    FakeNode directory = node(call, parent(path));
    requirePermission(call, directory, MAY_WRITE, path);
    long uid = process.identity().uid();
    boolean owner = uid == 0 || uid == directory.uid || uid == node(call, path).uid;
    if ((directory.permissions & STICKY) != 0 && !owner) {
      throw failure(call, Errno.EPERM, "name=" + path);
    }
    kernel.remove(path);
  }

  private void requirePermission(String call, FakeNode node, int wanted, String name) {
    ProcessIdentity self = process.identity();
    int shift = self.uid() == node.uid ? 6 : self.gid() == node.gid ? 3 : 0;
    if (self.uid() != 0 && (node.permissions >> shift & wanted) != wanted) {
      throw failure(call, Errno.EACCES, "name=" + name);
    }
  }

  private FakeNode node(String call, String path) {
    FakeNode node = lookUp(call, path);
    if (node == null) {
      throw failure(call, Errno.ENOENT, "name=" + path);
    }
    return node;
  }

  /** Null if the parent is there and the name is not. */
  private @Nullable FakeNode lookUp(String call, String path) {
    if (path.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("name contains a zero character: name=" + path);
    }
    if (path.length() - path.lastIndexOf('/') - 1 > FILE_NAME_CHARACTERS_MAX) {
      throw failure(call, Errno.ENAMETOOLONG, "name=" + path);
    }
    FakeNode node = kernel.find(path);
    if (node == null) {
      FakeNode parent = kernel.find(parent(path));
      if (parent != null && parent.kind != Kind.DIRECTORY) {
        throw failure(call, Errno.ENOTDIR, "name=" + path);
      }
    }
    return node;
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(1, path.lastIndexOf('/')));
  }

  private static String sharedPath(String name) {
    if (name.length() < 2
        || name.length() > SHARED_NAME_CHARACTERS_MAX
        || name.lastIndexOf('/') != 0) {
      throw new IllegalArgumentException(
          "not a shared memory name: name=%s, length=%d".formatted(name, name.length()));
    }
    return SHARED + name;
  }

  // ---- status --------------------------------------------------------------------------------

  @Override
  public @Nullable FileStatus statusOf(String path) {
    process.requireAlive();
    synchronized (kernel) {
      try {
        FakeNode node = lookUp("statx", path);
        return node == null ? null : node.status();
      } catch (SystemCallException failure) {
        if (failure.is(Errno.ENOTDIR)) {
          return null;
        }
        throw failure;
      }
    }
  }

  @Override
  public FileStatus status(Descriptor descriptor) {
    return file("statx", descriptor).node().status();
  }

  @Override
  public FileSystemStatus fileSystem(Descriptor descriptor) {
    return file("fstatvfs", descriptor).node().mount.status();
  }

  @Override
  public FileSystemStatus fileSystem(String path) {
    process.requireAlive();
    synchronized (kernel) {
      return node("statvfs", path).mount.status();
    }
  }

  // ---- contents ------------------------------------------------------------------------------

  @Override
  public void allocate(Descriptor descriptor, long offset, long length) {
    requireRange(offset, length);
    changes("allocate " + descriptor.what());
    synchronized (kernel) {
      FakeNode node = writable("posix_fallocate", descriptor);
      if (offset + length > node.size) {
        requireUnsealed("posix_fallocate", node, Seal.GROW);
      }
      node.allocate(offset, length, "posix_fallocate");
    }
  }

  @Override
  public void resize(Descriptor descriptor, long size) {
    changes("resize " + descriptor.what());
    synchronized (kernel) {
      FakeNode node = writable("ftruncate", descriptor);
      if (size < 0) {
        throw failure("ftruncate", Errno.EINVAL, "size=" + size);
      }
      if (size != node.size) {
        requireUnsealed("ftruncate", node, size < node.size ? Seal.SHRINK : Seal.GROW);
      }
      node.resize(size);
    }
  }

  @Override
  public long read(Descriptor descriptor, long offset, MemorySegment into) {
    synchronized (kernel) {
      FakeNode node = file("pread", descriptor).node();
      long count = Math.clamp(node.size - offset, 0, into.byteSize());
      MemorySegment.copy(node.bytes(), offset, into, 0, count);
      return count;
    }
  }

  @Override
  public void write(Descriptor descriptor, long offset, MemorySegment from) {
    changes("write " + descriptor.what());
    synchronized (kernel) {
      FakeNode node = writable("pwrite", descriptor);
      requireUnsealed("pwrite", node, Seal.WRITE);
      node.allocate(offset, from.byteSize(), "pwrite");
      node.bytes().asSlice(offset, from.byteSize()).copyFrom(from);
    }
  }

  @Override
  public void close(Descriptor descriptor) {
    changes("close " + descriptor.what());
    synchronized (kernel) {
      int number = descriptor.take();
      if (number >= 0) {
        FakeOpenFile file = process.descriptors.remove(number);
        if (file == null) {
          throw failure("close", Errno.EBADF, descriptor.toString());
        }
        kernel.closed(file);
      }
    }
  }

  private Descriptor opened(
      FakeNode node, Access access, @Nullable FakeProcess watched, String name) {
    int number = kernel.nextDescriptor();
    process.descriptors.put(number, new FakeOpenFile(node, access, watched));
    process.names.put(number, name);
    node.uses++;
    return new Descriptor(number, name);
  }

  private FakeOpenFile file(String call, Descriptor descriptor) {
    synchronized (kernel) {
      process.requireAlive();
      FakeOpenFile file = process.descriptors.get(descriptor.number());
      if (file == null) {
        throw failure(call, Errno.EBADF, descriptor.toString());
      }
      return file;
    }
  }

  private FakeNode writable(String call, Descriptor descriptor) {
    FakeOpenFile file = file(call, descriptor);
    if (file.access() != Access.READ_WRITE) {
      throw failure(call, Errno.EBADF, descriptor.toString());
    }
    return file.node();
  }

  // ---- mappings ------------------------------------------------------------------------------

  @Override
  public MemorySegment map(Descriptor descriptor, long size, Access access, Arena arena) {
    synchronized (kernel) {
      FakeOpenFile file = file("mmap", descriptor);
      FakeNode node = file.node();
      if (size <= 0 || size > node.size) {
        throw new IllegalArgumentException(
            "mapping must be inside its object: size=%d, object=%s, bytes=%d"
                .formatted(size, descriptor, node.size));
      }
      if (access == Access.READ_WRITE) {
        if (file.access() == Access.READ_ONLY) {
          throw failure("mmap", Errno.EACCES, descriptor.toString());
        }
        requireUnsealed("mmap", node, Seal.WRITE);
      }
      if (!arena.scope().isAlive()) {
        throw new IllegalStateException("arena is closed: object=" + descriptor);
      }
      // The clean-up keeps the node, and with it the memory, for as long as the mapping lives.
      MemorySegment mapping =
          MemorySegment.ofAddress(node.mapped(size).address())
              .reinterpret(size, arena, closed -> unmapped(node));
      return access == Access.READ_ONLY ? mapping.asReadOnly() : mapping;
    }
  }

  @Override
  public WordMapping mapWords(Descriptor descriptor, long size, Arena arena) {
    MemorySegment mapping = map(descriptor, size, Access.READ_WRITE, arena);
    synchronized (kernel) {
      // Of the node's own memory: who comes too late for the mapping must not fail.
      SteppingWords words = process.words(file("mmap", descriptor).node().bytes().asSlice(0, size));
      var _ = mapping.reinterpret(arena, closed -> words.vacate());
      return new WordMapping(mapping, words, words::vacate);
    }
  }

  private void unmapped(FakeNode node) {
    synchronized (kernel) {
      node.release();
    }
  }

  @Override
  public Words words(MemorySegment mapping) {
    return process.words(mapping);
  }

  @Override
  public void protect(MemorySegment mapping, Access access) {
    requirePage("mprotect", mapping);
  }

  @Override
  public void advise(MemorySegment mapping, Advice advice) {
    requirePage("madvise", mapping);
  }

  @Override
  public void sync(MemorySegment mapping) {
    requirePage("msync", mapping);
  }

  private void requirePage(String call, MemorySegment mapping) {
    process.requireAlive();
    if (mapping.address() % FakeNode.PAGE != 0) {
      throw failure(call, Errno.EINVAL, "mapping=" + mapping);
    }
  }

  @Override
  public Descriptor createAnonymous(String label) {
    changes("memfd_create " + label);
    return anonymous("anonymous " + label, null);
  }

  private Descriptor anonymous(String name, @Nullable FakeProcess watched) {
    synchronized (kernel) {
      ProcessIdentity self = process.identity();
      FakeNode node = kernel.newNode(Kind.REGULAR, SHARED, self.uid(), self.gid(), 0600);
      return opened(node, Access.READ_WRITE, watched, name);
    }
  }

  @Override
  public void seal(Descriptor descriptor, Seal... seals) {
    changes("seal " + descriptor.what());
    synchronized (kernel) {
      FakeNode node = writable("fcntl(F_ADD_SEALS)", descriptor);
      requireUnsealed("fcntl(F_ADD_SEALS)", node, Seal.SEAL);
      node.seals.addAll(Set.of(seals));
    }
  }

  private static void requireUnsealed(String call, FakeNode node, Seal seal) {
    if (node.seals.contains(seal)) {
      throw failure(call, Errno.EPERM, "sealed=" + node.seals);
    }
  }

  // ---- locks ---------------------------------------------------------------------------------

  @Override
  public boolean tryLock(Descriptor descriptor, long offset, long length) {
    requireRange(offset, length);
    if (isLockedByOther(descriptor, offset, length)) {
      process.idle(); // changes nothing, so it is no step; but perhaps the caller waits
      return false;
    }
    changes("lock %s[%d]".formatted(descriptor.what(), offset));
    synchronized (kernel) {
      FakeNode node = writable("fcntl(F_OFD_SETLK)", descriptor);
      if (isLockedByOther(descriptor, offset, length)) {
        return false;
      }
      FakeOpenFile owner = file("fcntl(F_OFD_SETLK)", descriptor);
      drop(node, owner, offset, offset + length);
      node.locks.add(new FakeLock(owner, offset, offset + length));
      return true;
    }
  }

  @Override
  public void unlock(Descriptor descriptor, long offset, long length) {
    requireRange(offset, length);
    changes("unlock %s[%d]".formatted(descriptor.what(), offset));
    synchronized (kernel) {
      FakeOpenFile owner = file("fcntl(F_OFD_SETLK)", descriptor);
      drop(owner.node(), owner, offset, offset + length);
    }
  }

  @Override
  public boolean isLockedByOther(Descriptor descriptor, long offset, long length) {
    requireRange(offset, length);
    synchronized (kernel) {
      FakeOpenFile self = file("fcntl(F_OFD_GETLK)", descriptor);
      return self.node().locks.stream()
          .anyMatch(lock -> !lock.owner().equals(self) && lock.overlaps(offset, offset + length));
    }
  }

  private static void drop(FakeNode node, FakeOpenFile owner, long from, long to) {
    List<FakeLock> kept =
        node.locks.stream()
            .flatMap(lock ->
                lock.owner().equals(owner) ? lock.without(from, to).stream() : Stream.of(lock))
            .toList();
    node.locks.clear();
    node.locks.addAll(kept);
  }

  private static void requireRange(long offset, long length) {
    if (offset < 0 || length <= 0 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "not a range of bytes: offset=%d, length=%d".formatted(offset, length));
    }
  }

  // ---- waiting -------------------------------------------------------------------------------

  @Override
  public Wake await(MemorySegment mapping, long offset, int expected, long deadlineNanos) {
    process.asleep();
    MemorySegment word = word(mapping, offset);
    FakeWaiter waiter = new FakeWaiter(word.address());
    synchronized (kernel) {
      process.requireAlive();
      if ((int) FUTEX.getVolatile(word, 0L) != expected) {
        return Wake.CHANGED;
      }
      if (deadlineNanos != Long.MAX_VALUE) {
        kernel.advance(Math.max(0, deadlineNanos - kernel.now()));
        return Wake.TIMED_OUT;
      }
      kernel.waiters().add(waiter);
    }
    try {
      sleep(waiter);
    } finally {
      synchronized (kernel) {
        kernel.waiters().remove(waiter);
      }
    }
    return Wake.WOKEN;
  }

  private void sleep(FakeWaiter waiter) {
    while (true) {
      synchronized (kernel) {
        process.requireAlive();
        if (waiter.woken) {
          return;
        }
      }
      letOthersRun("futex(FUTEX_WAIT_BITSET)", () -> waiter.woken);
    }
  }

  /** Hands over to the simulation, or waits for another thread where there is none. */
  private void letOthersRun(String call, java.util.function.BooleanSupplier done) {
    if (!process.blocked()) {
      synchronized (kernel) {
        if (process.alive() && !done.getAsBoolean()) {
          kernel.pause(call);
        }
      }
    }
  }

  @Override
  public int wake(MemorySegment mapping, long offset, int count) {
    MemorySegment word = word(mapping, offset);
    changes("wake");
    synchronized (kernel) {
      List<FakeWaiter> chosen =
          kernel.waiters().stream()
              .filter(waiter -> waiter.address == word.address() && !waiter.woken)
              .limit(count)
              .toList();
      chosen.forEach(waiter -> waiter.woken = true);
      kernel.notifyAll();
      return chosen.size();
    }
  }

  private static MemorySegment word(MemorySegment mapping, long offset) {
    if (offset % Integer.BYTES != 0) {
      throw new IllegalArgumentException(
          "futex word must start at a multiple of 4: offset=" + offset);
    }
    return mapping.asSlice(offset, Integer.BYTES);
  }

  // ---- processes and signals -----------------------------------------------------------------

  @Override
  public ProcessIdentity self() {
    process.requireAlive();
    return process.identity();
  }

  @Override
  public long startTimeOf(long pid) {
    process.requireAlive();
    synchronized (kernel) {
      FakeProcess other = kernel.process(pid);
      return other == null ? -1 : other.identity().startTimeTicks();
    }
  }

  @Override
  public @Nullable Descriptor openProcess(long pid) {
    process.requireAlive();
    synchronized (kernel) {
      FakeProcess other = kernel.process(pid);
      return other == null ? null : anonymous("process " + pid, other);
    }
  }

  @Override
  public long currentThread() {
    process.requireAlive();
    long thread = Thread.currentThread().threadId();
    var _ = nices.putIfAbsent(thread, 0);
    return thread;
  }

  @Override
  public int niceOf(long thread) {
    process.requireAlive();
    return nices.computeIfAbsent(thread, FakePlatform::noThread);
  }

  @Override
  public void setNice(long thread, int nice) {
    changes("setpriority");
    int before = niceOf(thread);
    var _ = nices.replace(thread, before, Math.clamp(nice, -20, 19));
  }

  private static int noThread(long thread) {
    throw failure("getpriority", Errno.ESRCH, "thread=" + thread);
  }

  @Override
  public Descriptor createSignal() {
    changes("eventfd");
    return anonymous("signal", null);
  }

  @Override
  public void signal(Descriptor signal) {
    set(signal, true);
  }

  @Override
  public void clearSignal(Descriptor signal) {
    set(signal, false);
  }

  private void set(Descriptor signal, boolean ready) {
    changes(ready ? "signal" : "clear signal");
    synchronized (kernel) {
      file("eventfd", signal).node().ready = ready;
      kernel.notifyAll();
    }
  }

  @Override
  public List<Descriptor> poll(List<Descriptor> descriptors, Duration timeout) {
    process.idle();
    boolean limited = timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0;
    while (true) {
      synchronized (kernel) {
        List<Descriptor> ready = ready(descriptors);
        if (!ready.isEmpty()) {
          return ready;
        }
        if (limited) {
          kernel.advance(Math.max(0, timeout.toNanos()));
          return ready(descriptors);
        }
      }
      letOthersRun("poll", () -> !ready(descriptors).isEmpty());
    }
  }

  private List<Descriptor> ready(List<Descriptor> descriptors) {
    List<Descriptor> ready = new ArrayList<>();
    for (Descriptor descriptor : descriptors) {
      if (file("poll", descriptor).ready()) {
        ready.add(descriptor);
      }
    }
    return List.copyOf(ready);
  }

  // ---- clocks and the rest -------------------------------------------------------------------

  @Override
  public long monotonicNanos() {
    process.idle();
    synchronized (kernel) {
      return kernel.look();
    }
  }

  @Override
  public long epochNanos() {
    process.requireAlive();
    synchronized (kernel) {
      return kernel.epoch();
    }
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        "simulated",
        Stream.of(
                "shared-memory", "kernel-locks", "futex", "pidfd", "memfd-seals", "thread-priority")
            .map(name -> new Capability(name, true, "simulated", "nothing"))
            .toList());
  }

  private static SystemCallException failure(String call, int errno, String arguments) {
    return new SystemCallException(call, errno, arguments);
  }
}
