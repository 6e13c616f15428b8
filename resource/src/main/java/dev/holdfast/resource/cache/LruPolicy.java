package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * Least recently used goes first: the exact order, kept by moving an entry to the back of a queue
 * at each hit. That needs the lock, so that hits are buffered; between threads the order is as
 * exact as their race.
 */
final class LruPolicy implements EvictionPolicy {
  private final PolicyQueue byUse = new PolicyQueue();

  @Override
  public Hits hits() {
    return Hits.BUFFERED;
  }

  @Override
  public void onInsert(PolicyNode node) {
    byUse.addLast(node);
  }

  @Override
  public void onHit(PolicyNode node) {
    byUse.moveToLast(node);
  }

  @Override
  public void onUpdate(PolicyNode node, long oldWeight) {
    byUse.reweigh(node, oldWeight);
    byUse.moveToLast(node);
  }

  @Override
  public void onRemove(PolicyNode node) {
    byUse.remove(node);
  }

  @Override
  public @Nullable PolicyNode nextVictim() {
    return byUse.pollFirst();
  }
}
