package dev.holdfast.resource.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Hits on their way to a policy that wants them in order and under the lock.
 *
 * <p>Sharing: any thread offers, without a lock; only the holder of the shard's lock drains. A hit
 * may be lost when two threads offer at once, or when the buffer is full and somebody else holds
 * the lock. One thread alone loses nothing and keeps its order.
 */
final class HitBuffer {
  private static final int CAPACITY = 64;
  private static final VarHandle COUNT;

  static {
    try {
      COUNT = MethodHandles.lookup().findVarHandle(HitBuffer.class, "count", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final @Nullable Entry<?, ?>[] hits = new Entry<?, ?>[CAPACITY];

  @SuppressWarnings("unused") // through COUNT
  private int count;

  /** Whether the buffer is full now. */
  boolean offer(Entry<?, ?> entry) {
    int index = (int) COUNT.getOpaque(this);
    if (index < CAPACITY) {
      hits[index] = entry;
      COUNT.setRelease(this, index + 1); // release: the drainer sees the entry, or null
    }
    return index >= CAPACITY - 1;
  }

  /** Tells the policy of the hits on entries that it still has. */
  void drain(EvictionPolicy policy) {
    int drained = (int) COUNT.getAcquire(this);
    for (int i = 0; i < drained; i++) {
      Entry<?, ?> entry = hits[i];
      hits[i] = null;
      if (entry != null && entry.ranked) {
        policy.onHit(entry);
      }
    }
    if (drained > 0) {
      COUNT.setOpaque(this, 0);
    }
  }
}
