package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * Least frequently used goes first, with dynamic aging: an entry's priority is its number of uses
 * plus the priority of the last victim at that time. So an entry that comes late starts where the
 * least worthy stand, and one that was popular once goes when the others have passed it.
 *
 * <p>Entries stand in a ring of queues, one a priority. A hit only counts; the entry moves up when
 * its queue comes to the front. Uses count up to 63.
 *
 * <p>Source: Arlitt, Cherkasova, Dilley, Friedrich, Jin: Evaluating content management techniques
 * for web proxy caches (LFU-DA, 1999).
 */
final class LfuPolicy extends MarkedPolicy {
  private static final int USES_MAX = 63;
  private static final int RING = USES_MAX + 1;

  private final PolicyQueue[] ring = PolicyQueue.many(RING);
  private int age; // the priority of the last victim, modulo the ring

  @Override
  public void onInsert(PolicyNode node) {
    node.rank = 1;
    file(node);
  }

  private void file(PolicyNode node) {
    ring[(age + node.rank) % RING].addLast(node);
  }

  @Override
  public @Nullable PolicyNode nextVictim() {
    for (PolicyNode node = giveAway(); node != null; node = giveAway()) {
      int uses = Mark.takeUses(node);
      if (uses == 0) {
        return node;
      }
      node.rank = Math.min(USES_MAX, node.rank + uses);
      file(node);
    }
    return null;
  }

  @Override
  void adopt(PolicyNode node) {
    onInsert(node);
  }

  @Override
  @Nullable PolicyNode giveAway() {
    for (int step = 0; step < RING; step++) {
      PolicyNode node = ring[age].pollFirst();
      if (node != null) {
        return node;
      }
      age = (age + 1) % RING;
    }
    return null;
  }
}
