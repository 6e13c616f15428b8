package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * A cache of keys only, of the size of a sample, run by the same policy code as the cache itself:
 * what would have hit.
 *
 * <p>Sharing: guarded by its {@link Rivalry}.
 */
final class Shadow {
  private final MarkedPolicy policy;
  private final long maximumWeight;
  private @Nullable ShadowNode[] buckets = new ShadowNode[64];
  private int size;
  private long weight;
  private boolean full;

  Shadow(MarkedPolicy policy, long maximumWeight) {
    this.policy = policy;
    this.maximumWeight = maximumWeight;
  }

  int size() {
    return size;
  }

  /** Whether it had to evict already. */
  boolean isFull() {
    return full;
  }

  /** The key is asked for, and put if it is absent; whether it was there. */
  boolean use(int hash, long entryWeight) {
    ShadowNode node = find(hash);
    if (node != null) {
      policy.onHit(node);
      return true;
    }
    insert(new ShadowNode(hash, entryWeight));
    while (weight > maximumWeight && policy.nextVictim() instanceof ShadowNode victim) {
      unlink(victim);
      full = true;
    }
    return false;
  }

  void remove(int hash) {
    ShadowNode node = find(hash);
    if (node != null) {
      policy.onRemove(node);
      unlink(node);
    }
  }

  private @Nullable ShadowNode find(int hash) {
    ShadowNode node = buckets[bucket(hash)];
    while (node != null && node.keyHash != hash) {
      node = node.nextInBucket;
    }
    return node;
  }

  private void insert(ShadowNode node) {
    if (size == buckets.length) {
      grow();
    }
    link(node);
    size++;
    weight += node.weight;
    policy.onInsert(node);
  }

  private void link(ShadowNode node) {
    int bucket = bucket(node.keyHash);
    node.nextInBucket = buckets[bucket];
    buckets[bucket] = node;
  }

  private void unlink(ShadowNode node) {
    int bucket = bucket(node.keyHash);
    ShadowNode before = buckets[bucket];
    if (before == node) {
      buckets[bucket] = node.nextInBucket;
    } else {
      while (before != null && before.nextInBucket != node) {
        before = before.nextInBucket;
      }
      if (before != null) {
        before.nextInBucket = node.nextInBucket;
      }
    }
    size--;
    weight -= node.weight;
  }

  private void grow() {
    @Nullable ShadowNode[] old = buckets;
    buckets = new ShadowNode[old.length * 2];
    for (ShadowNode head : old) {
      for (ShadowNode node = head; node != null; ) {
        ShadowNode next = node.nextInBucket;
        link(node);
        node = next;
      }
    }
  }

  private int bucket(int hash) {
    return (hash ^ (hash >>> 15)) & (buckets.length - 1); // a sample's upper bits are all the same
  }
}
