package dev.holdfast.platform;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operating system as Holdfast needs it: one interface, one implementation an operating system.
 *
 * <p><b>Sharing.</b> An instance is safe for use by any thread. Blocking calls ({@link #await},
 * {@link #poll}) pin a virtual thread's carrier: call them from platform threads.
 *
 * <p><b>Errors.</b> Every call that fails in the operating system throws {@link
 * SystemCallException} and leaves nothing behind that the call made itself. A capability that this
 * machine does not have is an {@link UnsupportedOperationException} that names it; ask {@link
 * #capabilities()} first.
 */
public interface Platform {

  /**
   * The platform of the running operating system.
   *
   * @throws UnsupportedOperationException on an operating system or processor that has no
   *     implementation; the message names it and those that have
   * @throws IllegalCallerException if the JVM denies native access; the message names the flag
   */
  static Platform current() {
    return Current.platform();
  }

  /** What this machine offers; measured once, then remembered. */
  Capabilities capabilities();

  /** Who this process is, read afresh: a forked child is another process. */
  ProcessIdentity self();

  /** How an object is opened. */
  enum Access {
    /** For reading; a mapping of it cannot be written, and the hardware enforces that. */
    READ_ONLY,
    /** For reading and writing. */
    READ_WRITE
  }

  /** Whether opening may create. */
  enum Creation {
    /** The object must exist. */
    OPEN,
    /** The object must not exist; creation is atomic. */
    CREATE_NEW,
    /** Either. */
    OPEN_OR_CREATE
  }

  // ---- named shared memory and files --------------------------------------------------------

  /**
   * Opens or creates a POSIX shared memory object; the descriptor is closed on exec.
   *
   * @param name the object's name, starting with its only slash, at most 31 characters
   * @param permissions mode bits of a new object, for example {@code 0600}; they are set exactly,
   *     whatever the umask
   */
  Descriptor openShared(String name, Access access, Creation creation, int permissions);

  /** Removes the name of a shared memory object; its memory goes with the last mapping. */
  void unlinkShared(String name);

  /** The names of all shared memory objects that start with {@code prefix}, with their slash. */
  List<String> listShared(String prefix);

  /**
   * Opens or creates a file without following a symbolic link at its end; closed on exec.
   *
   * @param permissions mode bits of a new file, set exactly
   */
  Descriptor openFile(String path, Access access, Creation creation, int permissions);

  /** Opens a directory (not a symbolic link to one) to look at it. */
  Descriptor openDirectory(String path);

  /** Makes one directory with exactly these permissions; the parent must exist. */
  void makeDirectory(String path, int permissions);

  /** Removes an empty directory. */
  void removeDirectory(String path);

  /** Removes a file's name. */
  void unlinkFile(String path);

  /** What stands at {@code path} now, not following a final symbolic link; null if nothing. */
  @Nullable FileStatus statusOf(String path);

  /** What the descriptor refers to. */
  FileStatus status(Descriptor descriptor);

  /** The file system the descriptor lies on: its mount point, size and free bytes. */
  FileSystemStatus fileSystem(Descriptor descriptor);

  /** The file system {@code path} lies on. */
  FileSystemStatus fileSystem(String path);

  /**
   * Allocates the bytes {@code [offset, offset + length)} and grows the object to hold them. What
   * was allocated cannot fail to be there later: a full file system is an error here (ENOSPC), not
   * a SIGBUS at the first touch.
   *
   * <p>Cost: the pages themselves, about 0.4 s a GiB.
   */
  void allocate(Descriptor descriptor, long offset, long length);

  /** Sets the object's size; new bytes are not allocated. */
  void resize(Descriptor descriptor, long size);

  /**
   * Reads up to {@code into.byteSize()} bytes at {@code offset}; returns how many, 0 at the end.
   */
  long read(Descriptor descriptor, long offset, MemorySegment into);

  /** Writes all of {@code from} at {@code offset}. */
  void write(Descriptor descriptor, long offset, MemorySegment from);

  /** Closes a descriptor; the second close of the same one is a no-op. */
  void close(Descriptor descriptor);

  // ---- mappings ------------------------------------------------------------------------------

  /**
   * Maps {@code [0, size)} of an object. The segment is bounded, belongs to {@code arena}, and is
   * unmapped when the arena closes; it is read-only in Java and in the page tables when {@code
   * access} is.
   *
   * @throws IllegalArgumentException if the object has fewer than {@code size} bytes: a touch
   *     behind its end would be a SIGBUS
   */
  MemorySegment map(Descriptor descriptor, long size, Access access, Arena arena);

  /**
   * Maps as {@link #map}, with addresses kept free behind: when the object has grown, what it has
   * grown by is in its place there. A touch behind the end of the object is a SIGBUS: the caller
   * takes slices.
   *
   * @param reserved bytes of the segment, at least {@code size}; they cost addresses, not memory
   * @throws IllegalArgumentException as {@link #map}
   */
  default MemorySegment mapAhead(
      Descriptor descriptor, long size, long reserved, Access access, Arena arena) {
    throw new UnsupportedOperationException("no mapping ahead of an object's end: " + descriptor);
  }

  /**
   * A mapping made for its words.
   *
   * @param segment of the arena; for {@link #await} and {@link #wake}
   * @param words what was mapped until it is vacated; from then on memory that is nobody else's,
   *     which began as zeros
   * @param vacate unmaps the object now; the arena does the same when it closes
   */
  record WordMapping(MemorySegment segment, Words words, Runnable vacate) {}

  /**
   * Maps {@code [0, size)} of an object for words that are too hot to be asked, at each access,
   * whether they are still mapped. When it is vacated, the object is unmapped, but its addresses
   * stay this process's for as long as somebody has the words: who comes too late reads and writes
   * memory that nobody shares, instead of failing or ending the process. So who takes something by
   * such a word looks afterwards whether he came too late.
   *
   * @throws IllegalArgumentException as {@link #map}
   */
  WordMapping mapWords(Descriptor descriptor, long size, Arena arena);

  /** Changes what the pages of a mapping allow. The segment must start on a page. */
  void protect(MemorySegment mapping, Access access);

  /** What the kernel is told about the use of a mapping. */
  enum Advice {
    /** No particular use. */
    NORMAL,
    /** Read from front to back. */
    SEQUENTIAL,
    /** Read in no order. */
    RANDOM,
    /** Needed soon: read it in. */
    WILL_NEED,
    /** Use huge pages where possible. */
    HUGE_PAGES
  }

  /** Tells the kernel how a mapping will be used. */
  void advise(MemorySegment mapping, Advice advice);

  /** Writes a file-backed mapping to its device; returns when it is there. */
  void sync(MemorySegment mapping);

  /**
   * The cells of a mapping, for algorithms on shared words. Always asked of the platform that made
   * the mapping: a simulated one counts the stores, and kills before any of them.
   */
  default Words words(MemorySegment mapping) {
    return Words.over(mapping);
  }

  // ---- sealed anonymous memory ---------------------------------------------------------------

  /** Creates anonymous shared memory (memfd) that only its descriptor can reach. */
  Descriptor createAnonymous(String label);

  /** What a sealed anonymous object refuses from then on. */
  enum Seal {
    /** To become smaller: no mapping of it can fault. */
    SHRINK,
    /** To become larger. */
    GROW,
    /** To be written. */
    WRITE,
    /** To be sealed further. */
    SEAL
  }

  /** Adds seals to an anonymous object; they cannot be taken back. */
  void seal(Descriptor descriptor, Seal... seals);

  // ---- kernel locks --------------------------------------------------------------------------

  /**
   * Tries to lock bytes of a file exclusively, for this open descriptor (not this process): closing
   * any other descriptor of the same file does not release it, death of the last process that has
   * this one open does.
   *
   * @return false if another descriptor holds any of the bytes
   */
  boolean tryLock(Descriptor descriptor, long offset, long length);

  /** Releases bytes locked through this descriptor; bytes not locked are left alone. */
  void unlock(Descriptor descriptor, long offset, long length);

  /** Whether another descriptor, of any process, holds any of these bytes; takes nothing. */
  boolean isLockedByOther(Descriptor descriptor, long offset, long length);

  // ---- waiting -------------------------------------------------------------------------------

  /** Why {@link #await} returned. */
  enum Wake {
    /** Woken, or for no reason at all: look at the word again. */
    WOKEN,
    /** The word did not hold the expected value. */
    CHANGED,
    /** The deadline passed. */
    TIMED_OUT
  }

  /**
   * Sleeps on a shared 32-bit word while it holds {@code expected}, until {@link #wake} or the
   * deadline. Works between processes that map the same object.
   *
   * @param offset of the word in {@code mapping}, a multiple of 4
   * @param deadlineNanos on the clock of {@link #monotonicNanos()}; {@link Long#MAX_VALUE} for none
   */
  Wake await(MemorySegment mapping, long offset, int expected, long deadlineNanos);

  /** Wakes up to {@code count} sleepers of a word; returns how many. */
  int wake(MemorySegment mapping, long offset, int count);

  // ---- processes -----------------------------------------------------------------------------

  /**
   * A descriptor that becomes ready in {@link #poll} when the process ends; null if there is no
   * such process to be seen from here (ended, or in another PID namespace).
   */
  @Nullable Descriptor openProcess(long pid);

  /** When a process started, in clock ticks since boot; -1 if there is no such process here. */
  long startTimeOf(long pid);

  /** The system's number of the calling thread; of a virtual one, of its carrier. */
  long currentThread();

  /** How much a thread of this process lets others run before it: −20 (least) to 19. */
  int niceOf(long thread);

  /**
   * Sets it, for one thread of this process. Raising it is always allowed; lowering it needs the
   * capability {@code thread-priority}, else EACCES.
   */
  void setNice(long thread, int nice);

  /**
   * Creates a signal: a descriptor that is ready in {@link #poll} from {@link #signal} until {@link
   * #clearSignal}. With it another thread ends a poll early.
   */
  Descriptor createSignal();

  /** Makes a signal ready; one that already is stays so. */
  void signal(Descriptor signal);

  /** Makes a signal not ready; one that already is not stays so. */
  void clearSignal(Descriptor signal);

  /** Waits until one of the descriptors is ready; the ready ones, none after the time-out. */
  List<Descriptor> poll(List<Descriptor> descriptors, Duration timeout);

  // ---- clocks --------------------------------------------------------------------------------

  /** CLOCK_MONOTONIC in nanoseconds: the same for all processes since the machine started. */
  long monotonicNanos();

  /** Nanoseconds since 1970-01-01T00:00Z, to show to people. */
  long epochNanos();
}
