package dev.holdfast.platform;

import dev.holdfast.platform.Capabilities.Capability;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Platform.Seal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/** Finds out what this machine offers by trying it, on objects that vanish again at once. */
final class LinuxCapabilities {
  private static final long PROBE_BYTES = 4096;

  private final Platform platform;

  LinuxCapabilities(Platform platform) {
    this.platform = platform;
  }

  Capabilities measure() {
    return new Capabilities(
        "%s %s, %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        List.of(
            tried("shared-memory", this::sharedMemory, "no space can be opened"),
            tried("kernel-locks", this::kernelLocks, "no space can be opened: death has no proof"),
            tried("futex", this::futex, "waiting across processes is an error"),
            tried("pidfd", this::pidfd, "a death is noticed at the next sweep, not at once"),
            tried("memfd-seals", this::memfdSeals, "sealed anonymous memory is an error"),
            tried(
                "thread-priority",
                this::threadPriority,
                "owners that urgent waiters wait for are not boosted; grant CAP_SYS_NICE, or a limit (RLIMIT_NICE, ulimit -e)"),
            tried("byte-order", this::byteOrder, "a space cannot be shared with this machine"),
            nativeAccess(),
            hugePages(),
            kernelFile(
                "selinux",
                "/sys/fs/selinux/enforce",
                "enforcing=",
                "no labels to check, nothing else"),
            namespace("pid-namespace", "pid"),
            namespace("ipc-namespace", "ipc")));
  }

  static Capability tried(String name, Supplier<String> attempt, String without) {
    try {
      return new Capability(name, true, attempt.get(), without);
    } catch (RuntimeException refused) {
      return new Capability(name, false, Objects.toString(refused.getMessage()), without);
    }
  }

  private String sharedMemory() {
    String name = "/holdfast-" + UUID.randomUUID().toString().substring(0, 18);
    Descriptor probe = platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    try {
      FileSystemStatus status = platform.fileSystem(probe);
      return "mount=%s, type=%s, size=%d, free=%d"
          .formatted(
              status.mountPoint(), status.type(), status.totalBytes(), status.availableBytes());
    } finally {
      platform.unlinkShared(name);
      platform.close(probe);
    }
  }

  private String kernelLocks() {
    return onProbe(probe ->
        require(
            platform.tryLock(probe, 0, 1),
            "open-file-description locks",
            "a free byte could not be locked"));
  }

  private String futex() {
    return onProbe(probe -> {
      platform.allocate(probe, 0, PROBE_BYTES);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment word = platform.map(probe, PROBE_BYTES, Access.READ_WRITE, arena);
        Platform.Wake wake = platform.await(word, 0, 1, 0);
        return require(
            wake == Platform.Wake.CHANGED,
            "shared futex with absolute deadlines",
            "waiting on a changed word gave " + wake);
      }
    });
  }

  private String pidfd() {
    Descriptor self =
        Objects.requireNonNull(
            platform.openProcess(ProcessHandle.current().pid()), "own process not found");
    platform.close(self);
    return "end of a process can be polled";
  }

  private String memfdSeals() {
    return onProbe(probe -> {
      platform.seal(probe, Seal.GROW, Seal.SHRINK, Seal.WRITE, Seal.SEAL);
      return "anonymous memory with seals";
    });
  }

  /** Lowering it is what needs a right; then it goes back. */
  private String threadPriority() {
    long me = platform.currentThread();
    int nice = platform.niceOf(me);
    platform.setNice(me, nice - 1);
    platform.setNice(me, nice);
    return "a thread's nice value, here %d, may be lowered".formatted(nice);
  }

  private String byteOrder() {
    return require(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "little-endian", "big-endian");
  }

  private static Capability nativeAccess() {
    return new Capability(
        "native-access",
        true,
        Platform.class.getModule().isNativeAccessEnabled() ? "granted" : "granted with a warning",
        "nothing works: pass " + NativeAccess.FLAG);
  }

  private static Capability hugePages() {
    String enabled =
        Proc.tryRead("/sys/kernel/mm/transparent_hugepage/shmem_enabled").orElse("absent").strip();
    String reserved =
        Proc.tryRead("/proc/meminfo")
            .orElse("")
            .lines()
            .filter(line -> line.startsWith("HugePages_Total:"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("0");
    return new Capability(
        "huge-pages",
        enabled.contains("[advise]") || enabled.contains("[always]") || !reserved.equals("0"),
        "shared memory=%s, reserved=%s".formatted(enabled, reserved),
        "regions use pages of the normal size");
  }

  private static Capability namespace(String name, String kind) {
    long inode = Proc.namespace("/proc/self/ns/" + kind);
    return new Capability(
        name, inode != 0, "inode=" + inode, "processes of other containers are not told apart");
  }

  private static Capability kernelFile(String name, String path, String label, String without) {
    return Proc.tryRead(path)
        .map(text -> new Capability(name, true, label + text.strip(), without))
        .orElseGet(() -> new Capability(name, false, "absent", without));
  }

  private String onProbe(Function<Descriptor, String> attempt) {
    Descriptor probe = platform.createAnonymous("holdfast-probe");
    try {
      return attempt.apply(probe);
    } finally {
      platform.close(probe);
    }
  }

  /** The detail where the attempt went as it should. */
  static String require(boolean holds, String detail, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
    return detail;
  }
}
