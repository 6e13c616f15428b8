package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * Decides which entry of a full cache goes. A cache makes one for each of its shards, tells it what
 * happens to the entries of that shard, and asks it for victims while they weigh too much.
 *
 * <p>Every method must take constant time, may keep nodes in {@linkplain PolicyQueue queues} of its
 * own, must not call the cache, and must not throw.
 *
 * <p>Sharing: all methods but {@link #onHit} run under the shard's lock. {@link #onHit} does too if
 * {@link #hits} says BUFFERED; if it says LOCK_FREE, any number of threads call it at once, also
 * for a node that has just been removed: then it does no more than set the node's {@linkplain
 * PolicyNode#mark mark}.
 *
 * {@snippet :
 * // The entry that came last goes first.
 * final class LastInFirstOut implements EvictionPolicy {
 *   private final PolicyQueue all = new PolicyQueue();
 *
 *   public Hits hits() {
 *     return Hits.LOCK_FREE;
 *   }
 *
 *   public void onInsert(PolicyNode node) {
 *     all.addFirst(node);
 *   }
 *
 *   public void onHit(PolicyNode node) {}
 *
 *   public void onRemove(PolicyNode node) {
 *     all.remove(node);
 *   }
 *
 *   public PolicyNode nextVictim() {
 *     return all.pollFirst();
 *   }
 * }
 * }
 */
public interface EvictionPolicy {
  /** How a policy wants to be told of hits. */
  enum Hits {
    /** At once, by any thread, without a lock: the cheap way, for policies that only mark. */
    LOCK_FREE,
    /**
     * Later, in order, under the shard's lock: before the next change of the shard at the latest.
     * Hits that race with each other may be left out.
     */
    BUFFERED
  }

  /** Makes the policy of one shard. */
  @FunctionalInterface
  interface Factory {
    /** A policy for a shard that may hold entries of this weight together. */
    EvictionPolicy create(long maximumWeight);
  }

  /** How this policy is told of hits; always the same answer. */
  Hits hits();

  /** An entry has come. */
  void onInsert(PolicyNode node);

  /** An entry was found. */
  void onHit(PolicyNode node);

  /** An entry got another value; its weight, which may have changed, is the new one already. */
  default void onUpdate(PolicyNode node, long oldWeight) {}

  /** An entry has gone, not as a victim. */
  void onRemove(PolicyNode node);

  /** Takes out the entry that shall go; null only if this policy has none. */
  @Nullable PolicyNode nextVictim();
}
