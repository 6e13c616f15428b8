package dev.holdfast.sync;

/**
 * What an owner word says.
 *
 * <pre>
 *  63  62  61  60       48 47                    0
 * ┌───┬───┬───┬───────────┬───────────────────────┐
 * │ W │ D │ X │ context+1 │  participant handle   │
 * └───┴───┴───┴───────────┴───────────────────────┘
 * </pre>
 */
final class OwnerWord {
  /** Somebody may be waiting: look before you go. */
  static final long WAITERS = 1L << 63;

  /** An owner died inside, and nobody declared the data consistent since. */
  static final long DIED = 1L << 62;

  /** Readers stay out. */
  static final long EXCLUSIVE = 1L << 61;

  private static final int CONTEXT_SHIFT = 48;
  private static final long HANDLE_MASK = (1L << CONTEXT_SHIFT) - 1;
  private static final long IDENTITY_MASK = EXCLUSIVE - 1;

  /** Nobody may own it again until an operator resets it. */
  static final long NOT_RECOVERABLE = IDENTITY_MASK & ~HANDLE_MASK;

  private OwnerWord() {}

  static long identity(long participant, int context) {
    return participant | (context + 1L) << CONTEXT_SHIFT;
  }

  /** The identity in a word. */
  static long identity(long word) {
    return word & IDENTITY_MASK;
  }

  /** The participant in a word or an identity; 0 for none. */
  static long participant(long word) {
    return word & HANDLE_MASK;
  }

  /** The context in a word or an identity; -1 for none. */
  static int context(long word) {
    return (int) (identity(word) >>> CONTEXT_SHIFT) - 1;
  }

  /** Nobody owns it; it may be abandoned, and somebody may wait. */
  static boolean isFree(long word) {
    return (word & (IDENTITY_MASK | EXCLUSIVE)) == 0;
  }

  static boolean isNotRecoverable(long word) {
    return identity(word) == NOT_RECOVERABLE;
  }

  static boolean hasWaiters(long word) {
    return word < 0;
  }

  static boolean ownerDied(long word) {
    return (word & DIED) != 0;
  }

  static boolean isExclusive(long word) {
    return (word & EXCLUSIVE) != 0;
  }

  /** Readers have to stay out. */
  static boolean keepsReadersOut(long word) {
    return (word & (EXCLUSIVE | DIED)) != 0 || isNotRecoverable(word);
  }
}
