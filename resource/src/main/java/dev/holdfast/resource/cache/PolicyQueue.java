package dev.holdfast.resource.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A queue of entries, linked through the entries themselves: each operation takes constant time and
 * allocates nothing. An entry stands in one queue at most.
 *
 * <p>Sharing: guarded by the shard's lock, as the policy that owns it.
 */
public final class PolicyQueue {
  private @Nullable PolicyNode first;
  private @Nullable PolicyNode last;
  private long size;
  private long weight;

  /** An empty queue. */
  public PolicyQueue() {}

  /** The queue of an entry that stands in one. */
  static PolicyQueue of(PolicyNode node) {
    PolicyQueue queue = node.queue;
    if (queue == null) {
      throw new IllegalStateException("an entry that stands in no queue");
    }
    return queue;
  }

  static PolicyQueue[] many(int count) {
    PolicyQueue[] queues = new PolicyQueue[count];
    Arrays.setAll(queues, i -> new PolicyQueue());
    return queues;
  }

  /** How many entries stand in this queue. */
  public long size() {
    return size;
  }

  /** What they weigh together; {@link #reweigh} keeps it right. */
  public long weight() {
    return weight;
  }

  /** The entry at the front; null if there is none. */
  public @Nullable PolicyNode peekFirst() {
    return first;
  }

  PolicyNode first() {
    if (first == null) {
      throw new IllegalStateException("an empty queue has no first entry");
    }
    return first;
  }

  /** The entry at the back; null if there is none. */
  public @Nullable PolicyNode peekLast() {
    return last;
  }

  /** The entry behind this one; null at the back. */
  public @Nullable PolicyNode after(PolicyNode node) {
    requireMine(node);
    return node.next;
  }

  /** Puts the entry at the front. */
  public void addFirst(PolicyNode node) {
    requireFree(node);
    link(node, null, first);
  }

  /** Puts the entry at the back. */
  public void addLast(PolicyNode node) {
    requireFree(node);
    link(node, last, null);
  }

  /** Takes the entry at the front out; null if there is none. */
  public @Nullable PolicyNode pollFirst() {
    PolicyNode node = first;
    if (node != null) {
      remove(node);
    }
    return node;
  }

  /** Takes the entry out. */
  public void remove(PolicyNode node) {
    requireMine(node);
    setNext(node.previous, node.next);
    setPrevious(node.next, node.previous);
    node.previous = null;
    node.next = null;
    node.queue = null;
    size--;
    weight -= node.weight;
  }

  /** Puts an entry of this queue at its back. */
  public void moveToLast(PolicyNode node) {
    if (node != last) {
      remove(node);
      addLast(node);
    }
  }

  /** Corrects this queue's weight after that of one of its entries changed. */
  public void reweigh(PolicyNode node, long oldWeight) {
    requireMine(node);
    weight += node.weight - oldWeight;
  }

  private void link(PolicyNode node, @Nullable PolicyNode before, @Nullable PolicyNode behind) {
    node.previous = before;
    node.next = behind;
    node.queue = this;
    setNext(before, node);
    setPrevious(behind, node);
    size++;
    weight += node.weight;
  }

  private void setNext(@Nullable PolicyNode of, @Nullable PolicyNode node) {
    if (of == null) {
      first = node;
    } else {
      of.next = node;
    }
  }

  private void setPrevious(@Nullable PolicyNode of, @Nullable PolicyNode node) {
    if (of == null) {
      last = node;
    } else {
      of.previous = node;
    }
  }

  private void requireMine(PolicyNode node) {
    if (node.queue != this) {
      throw new IllegalStateException("an entry that does not stand in this queue");
    }
  }

  private static void requireFree(PolicyNode node) {
    if (node.queue != null) {
      throw new IllegalStateException("an entry that stands in a queue already");
    }
  }
}
