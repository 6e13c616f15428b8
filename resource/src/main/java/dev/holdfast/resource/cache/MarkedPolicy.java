package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * A policy that hits tell of by the entry's {@link Mark} alone, and all whose entries stand in
 * queues. Any two such policies can hand entries over to each other, one at a time.
 */
abstract sealed class MarkedPolicy implements Marking
    permits LfuPolicy, RecencyPolicy, S3FifoPolicy, TinyLfuPolicy {

  @Override
  public final Hits hits() {
    return Hits.LOCK_FREE;
  }

  @Override
  public final void onHit(PolicyNode node) {
    Mark.use(node, turn());
  }

  @Override
  public final void onUpdate(PolicyNode node, long oldWeight) {
    PolicyQueue.of(node).reweigh(node, oldWeight);
    Mark.use(node, turn());
  }

  @Override
  public final void onRemove(PolicyNode node) {
    PolicyQueue.of(node).remove(node);
  }

  @Override
  public final int fullMark() {
    return Mark.full(turn());
  }

  @Override
  public final int listensTo() {
    return NOBODY;
  }

  /** What a hit notes as its time. */
  int turn() {
    return 0;
  }

  /** Takes an entry over from another policy, which gives the least worthy first. */
  abstract void adopt(PolicyNode node);

  /** Gives an entry away, the least worthy first as far as that is known; null if none is left. */
  abstract @Nullable PolicyNode giveAway();
}
