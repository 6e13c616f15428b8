package dev.holdfast.platform;

import static dev.holdfast.platform.LibC.check;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who processes are, when they end, and waiting for that. */
final class LinuxProcesses {
  private static final int EFD_FLAGS = 02000000 | 04000; // close on exec, never block
  private static final short POLLIN = 1;

  // struct pollfd: descriptor, asked events, returned events
  private static final long POLLFD_BYTES = 8;
  private static final long POLLFD_EVENTS = 4;
  private static final long POLLFD_RETURNED = 6;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private LinuxProcesses() {}

  static ProcessIdentity self() {
    UUID boot = UUID.fromString(Proc.read("/proc/sys/kernel/random/boot_id").strip());
    return new ProcessIdentity(
        LibC.getpid(),
        Proc.startTime(Proc.read("/proc/self/stat")),
        Proc.namespace("/proc/self/ns/pid"),
        LibC.geteuid(),
        LibC.getegid(),
        boot.getMostSignificantBits(),
        boot.getLeastSignificantBits());
  }

  static long startTimeOf(long pid) {
    return Proc.tryRead("/proc/" + pid + "/stat").map(Proc::startTime).orElse(-1L);
  }

  static @Nullable Descriptor openProcess(long pid) {
    long number = LibC.pidfdOpen(pid);
    if (number == -Errno.ESRCH || number == -Errno.EINVAL) { // EINVAL: no number of a process
      return null;
    }
    check(number, "pidfd_open", () -> "pid=" + pid);
    return new Descriptor((int) number, "process " + pid);
  }

  static long currentThread() {
    return check(LibC.gettid(), "gettid", () -> "");
  }

  static int niceOf(long thread) {
    return 20 - (int) check(LibC.getpriority(thread), "getpriority", () -> "thread=" + thread);
  }

  static void setNice(long thread, int nice) {
    check(
        LibC.setpriority(Math.toIntExact(thread), nice),
        "setpriority",
        () -> "thread=%d, nice=%d".formatted(thread, nice));
  }

  static Descriptor createSignal() {
    long number = check(LibC.eventfd(EFD_FLAGS), "eventfd", () -> "signal");
    return new Descriptor((int) number, "signal");
  }

  static void signal(Descriptor signal) {
    tolerate(LibC.eventfdWrite(signal.number(), 1), "eventfd_write", signal); // full: it is ready
  }

  static void clearSignal(Descriptor signal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(8, 8);
      tolerate(LibC.eventfdRead(signal.number(), count), "eventfd_read", signal); // none: it is not
    }
  }

  private static void tolerate(long result, String call, Descriptor signal) {
    check(result == -Errno.EAGAIN ? 0 : result, call, signal::toString);
  }

  static List<Descriptor> poll(List<Descriptor> descriptors, Duration timeout) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment table = table(arena, descriptors);
      long begin = System.nanoTime();
      long timeoutNanos = saturatedNanos(timeout);
      while (true) {
        long restNanos = timeoutNanos - (System.nanoTime() - begin);
        int millis = Math.clamp(Math.ceilDiv(restNanos, NANOS_PER_MILLI), 0, Integer.MAX_VALUE);
        long count = LibC.poll(table, descriptors.size(), millis);
        check(count == -Errno.EINTR ? 0 : count, "poll", () -> "descriptors=" + descriptors);
        if (count > 0 || System.nanoTime() - begin >= timeoutNanos) {
          return ready(table, descriptors);
        }
      }
    }
  }

  private static long saturatedNanos(Duration timeout) {
    return timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0
        ? Long.MAX_VALUE
        : timeout.isNegative() ? 0 : timeout.toNanos();
  }

  private static MemorySegment table(Arena arena, List<Descriptor> descriptors) {
    MemorySegment table = arena.allocate(Math.max(1, descriptors.size()) * POLLFD_BYTES, 8);
    for (int i = 0; i < descriptors.size(); i++) {
      table.set(JAVA_INT, i * POLLFD_BYTES, descriptors.get(i).number());
      table.set(JAVA_SHORT, i * POLLFD_BYTES + POLLFD_EVENTS, POLLIN);
    }
    return table;
  }

  private static List<Descriptor> ready(MemorySegment table, List<Descriptor> descriptors) {
    List<Descriptor> ready = new ArrayList<>();
    for (int i = 0; i < descriptors.size(); i++) {
      if (table.get(JAVA_SHORT, i * POLLFD_BYTES + POLLFD_RETURNED) != 0) {
        ready.add(descriptors.get(i));
      }
    }
    return List.copyOf(ready);
  }
}
