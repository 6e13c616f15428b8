package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * What an {@link EvictionPolicy} knows of an entry: its weight, the hash code of its key, the queue
 * that it stands in, and a mark, 32 bits whose meaning is the policy's own.
 *
 * <p>Sharing: the mark may be read and set by any thread, without ordering; lost updates are the
 * policy's to bear. Everything else is guarded by the shard's lock.
 */
public abstract sealed class PolicyNode extends TableNode permits Entry, ShadowNode {
  @Nullable PolicyNode previous;
  @Nullable PolicyNode next;
  @Nullable PolicyQueue queue;
  int rank; // the policy's, under the lock
  long weight;

  PolicyNode(int keyHash, Object key, Object value, long weight) {
    super(keyHash, key, value);
    this.weight = weight;
  }

  /** The mark; 0 for a new entry. */
  public final int mark() {
    return mark;
  }

  /** Sets the mark. */
  public final void mark(int newMark) {
    mark = newMark;
  }

  /** The weight of the entry; 1 where no weigher is set. */
  public final long weight() {
    return weight;
  }

  /** The hash code of the key, its bits spread. */
  public final int keyHash() {
    return keyHash;
  }

  /** The queue that this entry stands in; null outside any. */
  public final @Nullable PolicyQueue queue() {
    return queue;
  }
}
