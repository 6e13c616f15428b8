package dev.holdfast.resource.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A key, its value and its times, in nanoseconds of the cache's clock.
 *
 * <p>Field | read | written: those of {@link TableNode}, see there; {@code refreshAt} opaque |
 * compare-and-set; the rest under the lock only.
 *
 * <p>A writer that replaces a value sets the value first, then its times. A reader reads value,
 * time, and the value again: if both are the same, the time was that value's, or a newer value's,
 * whose writer found the old one still within its time.
 */
final class Entry<K, V> extends PolicyNode {
  private static final VarHandle REFRESH_AT;

  static {
    try {
      REFRESH_AT = MethodHandles.lookup().findVarHandle(Entry.class, "refreshAt", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  final Shard<K, V> shard;

  @SuppressWarnings("UnusedVariable") // through REFRESH_AT
  private long refreshAt = NEVER;

  private long deadline = NEVER; // a slide never goes beyond
  private boolean slides;
  boolean ranked; // known to the policy

  @Nullable Entry<K, V> timerPrevious;
  @Nullable Entry<K, V> timerNext;
  short timerSlot = TimerWheel.NOT_SCHEDULED;

  Entry(K key, V value, int keyHash, long weight, Shard<K, V> shard) {
    super(keyHash, key, value, weight);
    this.shard = shard;
  }

  @SuppressWarnings("unchecked") // as the constructor got it
  K key() {
    return (K) key;
  }

  @SuppressWarnings("unchecked") // only values of the cache are set
  V value() {
    return (V) value;
  }

  @SuppressWarnings("unchecked") // an entry's chain is of entries of its shard
  @Nullable Entry<K, V> next() {
    return (Entry<K, V>) chain;
  }

  long expiresAt() {
    return expiresAt;
  }

  boolean isExpired(long now) {
    return expiresAt <= now;
  }

  /** Sets the times of a value that was just written. */
  void time(Times times, long now) {
    deadline = times.deadline(now);
    slides = times.slides();
    REFRESH_AT.setOpaque(this, times.refreshAt(now));
    expiresAt = slides ? Math.min(deadline, Times.add(now, times.idleNanos())) : deadline;
  }

  /** Puts off the end of an entry that was used, if that is worth a write. */
  void slide(long seenExpiry, long now, long idleNanos) {
    if (slides) {
      long later = Math.min(deadline, Times.add(now, idleNanos));
      if (later - seenExpiry >= Times.slideStepNanos(idleNanos)) {
        EXPIRES_AT.compareAndSet(this, seenExpiry, later); // fails if a writer set another time
      }
    }
  }

  boolean isRefreshDue(long now) {
    return (long) REFRESH_AT.getOpaque(this) <= now;
  }

  /** Whether it is time to refresh, and this thread is the one to do it. */
  boolean claimRefresh(long now) {
    long due = (long) REFRESH_AT.getOpaque(this);
    return due <= now && REFRESH_AT.compareAndSet(this, due, NEVER);
  }

  /** A refresh failed: the next may be tried then. */
  void refreshAgainAt(long time) {
    REFRESH_AT.compareAndSet(this, NEVER, time);
  }
}
