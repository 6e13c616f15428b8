package dev.holdfast.resource.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A key, its value and its times, in nanoseconds of the cache's clock.
 *
 * <p>Field | read | written: {@code value} volatile | under the lock; {@code expiresAt} volatile |
 * under the lock, and by a hit that slides it, with a compare-and-set; {@code refreshAt} opaque |
 * compare-and-set; the rest under the lock only.
 *
 * <p>A writer that replaces a value sets the value first, then its times. A reader reads value,
 * time, and the value again: if both are the same, the time was that value's, or a newer value's,
 * whose writer found the old one still within its time.
 */
final class Entry<K, V> extends PolicyNode {
  static final long NEVER = Long.MAX_VALUE;
  private static final VarHandle EXPIRES_AT = field("expiresAt");
  private static final VarHandle REFRESH_AT = field("refreshAt");

  final K key;
  final Shard<K, V> shard;
  volatile V value;
  private volatile long expiresAt = NEVER;

  @SuppressWarnings("UnusedVariable") // through REFRESH_AT
  private long refreshAt = NEVER;

  private long deadline = NEVER; // a slide never goes beyond
  private boolean slides;
  boolean ranked; // known to the policy

  @Nullable Entry<K, V> timerPrevious;
  @Nullable Entry<K, V> timerNext;
  int timerSlot = TimerWheel.NOT_SCHEDULED;

  Entry(K key, V value, int keyHash, long weight, Shard<K, V> shard) {
    super(keyHash, weight);
    this.key = key;
    this.value = value;
    this.shard = shard;
  }

  private static VarHandle field(String name) {
    try {
      return MethodHandles.lookup().findVarHandle(Entry.class, name, long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
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
