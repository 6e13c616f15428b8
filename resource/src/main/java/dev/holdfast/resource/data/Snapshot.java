package dev.holdfast.resource.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A value and its version, as they were together at one moment. Each is one object, so that no
 * reader ever sees the value of one version with the number of another.
 *
 * <p>Two snapshots are equal only if they are the same.
 */
public final class Snapshot<T> {
  /*
   * States of the field use, one word, so that each of these is one compare-and-set:
   *
   *   0                  nobody but the SharedData has the value
   *   n > 0              n leases are open
   *   n | ESCAPED        somebody was given the value itself, and may have it for ever
   *   EXCLUSIVE          it is being changed in place, or was: its value now belongs to the next
   *                      version; readers wait for that one
   */
  static final int ESCAPED = 1 << 30;
  private static final int EXCLUSIVE = -1;
  private static final int LEASES_MAX = ESCAPED - 1;
  private static final VarHandle USE;

  static {
    try {
      USE = MethodHandles.lookup().findVarHandle(Snapshot.class, "use", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final T value;
  private final long version;
  private volatile int use;

  Snapshot(T value, long version, int use) {
    this.value = value;
    this.version = version;
    USE.set(this, use); // plain: published by the store of the snapshot itself
  }

  /** The value. */
  public T value() {
    return value;
  }

  /** Counts from 0; each change adds one. */
  public long version() {
    return version;
  }

  /** Whether the value may be handed out as it is: most readers need no more than this look. */
  boolean isEscaped() {
    return (int) USE.getAcquire(this) >= ESCAPED;
  }

  /** Marks that somebody is given the value; false while, or after, it is changed in place. */
  boolean escape() {
    int seen = use;
    while (seen >= 0 && (seen & ESCAPED) == 0) {
      if (USE.compareAndSet(this, seen, seen | ESCAPED)) {
        return true;
      }
      seen = use;
    }
    return seen >= 0;
  }

  /** Counts one lease more; false while, or after, it is changed in place. */
  boolean lease() {
    int seen = use;
    while (seen >= 0) {
      if ((seen & ~ESCAPED) == LEASES_MAX) {
        throw new IllegalStateException(
            "too many open leases: version=%d, leases=%d; are they ever closed?"
                .formatted(version, LEASES_MAX));
      }
      if (USE.compareAndSet(this, seen, seen + 1)) {
        return true;
      }
      seen = use;
    }
    return false;
  }

  void endLease() {
    USE.getAndAdd(this, -1); // never while EXCLUSIVE: that needs that none is open
  }

  /** Whether nobody else has the value at this moment. */
  boolean isFree() {
    return use == 0;
  }

  /** Takes the value alone, if nobody else has it. */
  boolean takeExclusively() {
    return USE.compareAndSet(this, 0, EXCLUSIVE);
  }

  @Override
  public String toString() {
    return "Snapshot[version=%d, %s]".formatted(version, value);
  }
}
