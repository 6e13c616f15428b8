package dev.holdfast.platform;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The functions of the C library that Holdfast calls, each linked once, one line each.
 *
 * <p>Every function returns what the C function returns, or the negated errno where that reports an
 * error: the convention of the kernel itself, and nothing to be lost between a call and the reading
 * of its errno. {@link #check} turns the negative ones into exceptions, {@link #uninterrupted}
 * repeats a call that a signal broke off.
 *
 * <p>Offsets, sizes and addresses are 64 bits wide. None of the calls is linked as critical: a
 * critical call stops the collector for as long as it lasts, and any of these may wait.
 */
final class LibC {
  private static final Linker LINKER = Linker.nativeLinker();

  // Before glibc 2.34 shm_open stood in a library of its own.
  private static final SymbolLookup SYMBOLS =
      LINKER
          .defaultLookup()
          .or(name -> SymbolLookup.libraryLookup("librt.so.1", Arena.global()).find(name));

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));

  /** One cell a thread for the errno: a thread is inside one call at a time. */
  private static final ThreadLocal<MemorySegment> CAPTURED =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  private static final MethodHandle SHM_OPEN =
      link("shm_open", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle SHM_UNLINK = link("shm_unlink", JAVA_INT, ADDRESS);
  private static final MethodHandle OPEN =
      linkVariadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = link("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle MKDIR = link("mkdir", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle RMDIR = link("rmdir", JAVA_INT, ADDRESS);
  private static final MethodHandle UNLINK = link("unlink", JAVA_INT, ADDRESS);
  private static final MethodHandle FCHMOD = link("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle FTRUNCATE = link("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle POSIX_FALLOCATE =
      link("posix_fallocate", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PREAD =
      link("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PWRITE =
      link("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle STATX =
      link("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle STATVFS = link("statvfs", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle FSTATVFS = link("fstatvfs", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle MMAP =
      link("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP = link("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MPROTECT =
      link("mprotect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle MADVISE =
      link("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle MSYNC = link("msync", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle MEMFD_CREATE =
      link("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle FCNTL_INT =
      linkVariadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle FCNTL_ADDRESS =
      linkVariadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle FUTEX =
      linkVariadic(
          "syscall", 1, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS,
          JAVA_LONG);
  private static final MethodHandle SYSCALL =
      linkVariadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle POLL = link("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle EVENTFD = link("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle EVENTFD_READ =
      link("eventfd_read", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle EVENTFD_WRITE =
      link("eventfd_write", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle SETPRIORITY =
      link("setpriority", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle GETPID = link("getpid", JAVA_INT);
  private static final MethodHandle GETEUID = link("geteuid", JAVA_INT);
  private static final MethodHandle GETEGID = link("getegid", JAVA_INT);

  private LibC() {}

  static long shmOpen(MemorySegment name, int flags, int mode) {
    return call(errno -> (int) SHM_OPEN.invokeExact(errno, name, flags, mode));
  }

  static long shmUnlink(MemorySegment name) {
    return call(errno -> (int) SHM_UNLINK.invokeExact(errno, name));
  }

  static long open(MemorySegment path, int flags, int mode) {
    return call(errno -> (int) OPEN.invokeExact(errno, path, flags, mode));
  }

  static long close(int fd) {
    return call(errno -> (int) CLOSE.invokeExact(errno, fd));
  }

  static long mkdir(MemorySegment path, int mode) {
    return call(errno -> (int) MKDIR.invokeExact(errno, path, mode));
  }

  static long rmdir(MemorySegment path) {
    return call(errno -> (int) RMDIR.invokeExact(errno, path));
  }

  static long unlink(MemorySegment path) {
    return call(errno -> (int) UNLINK.invokeExact(errno, path));
  }

  static long fchmod(int fd, int mode) {
    return call(errno -> (int) FCHMOD.invokeExact(errno, fd, mode));
  }

  static long ftruncate(int fd, long size) {
    return call(errno -> (int) FTRUNCATE.invokeExact(errno, fd, size));
  }

  /** The one function here that returns its error instead of leaving it in errno. */
  static long posixFallocate(int fd, long offset, long length) {
    return -call(errno -> (int) POSIX_FALLOCATE.invokeExact(errno, fd, offset, length));
  }

  static long pread(int fd, MemorySegment into, long offset) {
    long count = into.byteSize();
    return call(errno -> (long) PREAD.invokeExact(errno, fd, into, count, offset));
  }

  static long pwrite(int fd, MemorySegment from, long offset) {
    long count = from.byteSize();
    return call(errno -> (long) PWRITE.invokeExact(errno, fd, from, count, offset));
  }

  static long statx(int directory, MemorySegment path, int flags, int mask, MemorySegment into) {
    return call(errno -> (int) STATX.invokeExact(errno, directory, path, flags, mask, into));
  }

  static long statvfs(MemorySegment path, MemorySegment into) {
    return call(errno -> (int) STATVFS.invokeExact(errno, path, into));
  }

  static long fstatvfs(int fd, MemorySegment into) {
    return call(errno -> (int) FSTATVFS.invokeExact(errno, fd, into));
  }

  /** The address of the new mapping, chosen by the kernel. */
  static long mmap(long size, int protection, int flags, int fd) {
    return call(errno -> (long) MMAP.invokeExact(errno, 0L, size, protection, flags, fd, 0L));
  }

  /** Puts private zeros in place of what is mapped there; atomic for whoever touches it. */
  static long mmapZeros(long address, long size, int protection, int flags) {
    return call(errno -> (long) MMAP.invokeExact(errno, address, size, protection, flags, -1, 0L));
  }

  static long munmap(long address, long size) {
    return call(errno -> (int) MUNMAP.invokeExact(errno, address, size));
  }

  static long mprotect(MemorySegment pages, int protection) {
    long size = pages.byteSize();
    return call(errno -> (int) MPROTECT.invokeExact(errno, pages, size, protection));
  }

  static long madvise(MemorySegment pages, int advice) {
    long size = pages.byteSize();
    return call(errno -> (int) MADVISE.invokeExact(errno, pages, size, advice));
  }

  static long msync(MemorySegment pages, int flags) {
    long size = pages.byteSize();
    return call(errno -> (int) MSYNC.invokeExact(errno, pages, size, flags));
  }

  static long memfdCreate(MemorySegment label, int flags) {
    return call(errno -> (int) MEMFD_CREATE.invokeExact(errno, label, flags));
  }

  static long fcntl(int fd, int command, int argument) {
    return call(errno -> (int) FCNTL_INT.invokeExact(errno, fd, command, argument));
  }

  static long fcntl(int fd, int command, MemorySegment argument) {
    return call(errno -> (int) FCNTL_ADDRESS.invokeExact(errno, fd, command, argument));
  }

  static long futex(
      MemorySegment word, long operation, long value, MemorySegment timeout, long bits) {
    long number = LinuxAbi.CURRENT.futexCall;
    MemorySegment none = MemorySegment.NULL;
    return call(errno ->
        (long) FUTEX.invokeExact(errno, number, word, operation, value, timeout, none, bits));
  }

  static long pidfdOpen(long pid) {
    return call(errno -> (long) SYSCALL.invokeExact(errno, 434L, pid, 0L));
  }

  static long poll(MemorySegment descriptors, long count, int timeoutMillis) {
    return call(errno -> (int) POLL.invokeExact(errno, descriptors, count, timeoutMillis));
  }

  static long eventfd(int flags) {
    return call(errno -> (int) EVENTFD.invokeExact(errno, 0, flags));
  }

  static long eventfdRead(int fd, MemorySegment into) {
    return call(errno -> (int) EVENTFD_READ.invokeExact(errno, fd, into));
  }

  static long eventfdWrite(int fd, long value) {
    return call(errno -> (int) EVENTFD_WRITE.invokeExact(errno, fd, value));
  }

  /** Never an error. The wrapper of that name is missing in C libraries of long-lived systems. */
  static long gettid() {
    long number = LinuxAbi.CURRENT.gettidCall;
    return call(errno -> (long) SYSCALL.invokeExact(errno, number, 0L, 0L));
  }

  /** The call itself: 20 less the nice value, so that no value looks like an error. */
  static long getpriority(long thread) {
    long number = LinuxAbi.CURRENT.getpriorityCall;
    return call(errno -> (long) SYSCALL.invokeExact(errno, number, 0L, thread));
  }

  static long setpriority(int thread, int nice) {
    return call(errno -> (int) SETPRIORITY.invokeExact(errno, 0, thread, nice));
  }

  static long getpid() {
    return call(errno -> (int) GETPID.invokeExact(errno));
  }

  /** Never an error; a user's number is unsigned. */
  static long geteuid() {
    return Integer.toUnsignedLong((int) call(errno -> (int) GETEUID.invokeExact(errno)));
  }

  /** Never an error; a group's number is unsigned. */
  static long getegid() {
    return Integer.toUnsignedLong((int) call(errno -> (int) GETEGID.invokeExact(errno)));
  }

  /** Passes a result on; a negative one is thrown. */
  static long check(long result, String call, Supplier<String> arguments) {
    if (result < 0) {
      throw new SystemCallException(call, (int) -result, arguments.get());
    }
    return result;
  }

  /** Repeats a call for as long as signals break it off. */
  static long uninterrupted(LongSupplier call) {
    long result;
    do {
      result = call.getAsLong();
    } while (result == -Errno.EINTR);
    return result;
  }

  /** A zero-terminated copy of a name; one with a zero inside would silently be cut short there. */
  static MemorySegment text(Arena arena, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("name contains a zero character: name=" + text);
    }
    return arena.allocateFrom(text);
  }

  @FunctionalInterface
  interface NativeCall {
    long invoke(MemorySegment errno) throws Throwable;
  }

  static long call(NativeCall function) {
    MemorySegment captured = CAPTURED.get();
    try {
      long result = function.invoke(captured);
      return result == -1 ? -captured.get(JAVA_INT, ERRNO) : result;
    } catch (Throwable unexpected) {
      throw LibC.<RuntimeException>rethrow(unexpected);
    }
  }

  @SuppressWarnings("unchecked") // the cast is erased: whatever was thrown flies on unchanged
  private static <T extends Throwable> RuntimeException rethrow(Throwable thrown) throws T {
    throw (T) thrown;
  }

  private static MethodHandle link(String name, ValueLayout result, MemoryLayout... parameters) {
    return link(name, FunctionDescriptor.of(result, parameters));
  }

  private static MethodHandle linkVariadic(
      String name, int fixed, ValueLayout result, MemoryLayout... parameters) {
    return link(
        name, FunctionDescriptor.of(result, parameters), Linker.Option.firstVariadicArg(fixed));
  }

  private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
    List<Linker.Option> all = new ArrayList<>(List.of(options));
    all.add(Linker.Option.captureCallState("errno"));
    return LINKER.downcallHandle(
        SYMBOLS.findOrThrow(name), type, all.toArray(Linker.Option[]::new));
  }
}
