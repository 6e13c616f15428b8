package dev.holdfast.resource.file;

import java.lang.invoke.VarHandle;

/**
 * Makes a fault of a plain access before it surface here and not later.
 *
 * <p>HotSpot answers a SIGBUS under a plain access of mapped memory by going on behind the
 * instruction and throwing {@link InternalError} at the thread's next safepoint poll. In compiled
 * code that poll can lie far away, in a caller: the access seems to have succeeded, and the error
 * comes out of code that did nothing wrong. The loop below is not one that the compiler can count,
 * so it keeps its poll, and turns once.
 *
 * <p>What was stored before a poll is stored; what was loaded may be loaded later, when the value
 * is wanted. So the loop wants it: whether it turns depends on the loaded values, as far as the
 * compiler can tell. A fence would do as well ({@link #passAll}), and would make the next access
 * read the array, the layout and the segment again, too: several times the cost of the access
 * itself.
 *
 * <p>Only plain accesses and bulk copies are answered like that: a compare-and-set in interpreted
 * code, a system call or a compiler stub (CRC, mismatch) that meets the same page ends the JVM. So
 * nothing in this package does any of these on a file's pages.
 */
final class FaultFence {
  // Neither is ever written; not final, or the compiler would know how often the loop turns.
  @SuppressWarnings({"FieldMayBeFinal", "ConstantField"})
  private static long once = 1;

  @SuppressWarnings({"FieldMayBeFinal", "ConstantField"})
  private static long none;

  private FaultFence() {}

  /** Throws the InternalError that is due for a store or a bulk copy before this, if one is. */
  static void passStores() {
    passLoaded(0);
  }

  /** Throws the InternalError that is due for the load of this value, if one is. */
  static void passLoaded(long value) {
    for (long turn = once | (value & none); turn != 0; turn &= none) {
      // turns once; its back edge carries the poll
    }
  }

  /** A value that depends on both. */
  static long mix(long one, long other) {
    return one ^ other;
  }

  /** Throws the InternalError that is due for any access before this, if one is. */
  static void passAll() {
    VarHandle.acquireFence();
    passLoaded(0);
  }
}
