package dev.holdfast.resource.file;

/**
 * Makes a fault of a plain access before it surface here and not later.
 *
 * <p>HotSpot answers a SIGBUS under a plain access of mapped memory by going on behind the
 * instruction and throwing {@link InternalError} at the thread's next safepoint poll. In compiled
 * code that poll can lie far away, in a caller: the access seems to have succeeded, and the error
 * comes out of code that did nothing wrong. The loop below is not one that the compiler can count,
 * so it keeps its poll, and turns once: 0.2 ns.
 *
 * <p>Nothing slips behind the poll: at a safepoint the compiler must be able to hand the frame to
 * the interpreter, so every value that is still wanted has been loaded, and every store is done. A
 * memory fence would add nothing to that, but make the next access read the array, the layout and
 * the segment again.
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

  /** Throws the InternalError that is due, if one is. */
  static void pass() {
    for (long turn = once; turn != 0; turn &= none) {
      // turns once; its back edge carries the poll
    }
  }
}
