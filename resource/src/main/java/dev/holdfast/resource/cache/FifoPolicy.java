package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/** First in goes first; hits do not matter. */
final class FifoPolicy implements EvictionPolicy {
  private final PolicyQueue byAge = new PolicyQueue();

  @Override
  public Hits hits() {
    return Hits.LOCK_FREE;
  }

  @Override
  public void onInsert(PolicyNode node) {
    byAge.addLast(node);
  }

  @Override
  public void onHit(PolicyNode node) {}

  @Override
  public void onUpdate(PolicyNode node, long oldWeight) {
    byAge.reweigh(node, oldWeight);
  }

  @Override
  public void onRemove(PolicyNode node) {
    byAge.remove(node);
  }

  @Override
  public @Nullable PolicyNode nextVictim() {
    return byAge.pollFirst();
  }
}
