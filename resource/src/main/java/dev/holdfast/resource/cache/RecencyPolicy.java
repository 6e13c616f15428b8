package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * Least recently used goes first, to within a 64th of the cache: time is counted in turns, one for
 * each 64th of the cache that was evicted; a hit only notes the turn. Entries stand in a ring of
 * queues, one a turn; an entry that was used since it was put there moves on when its queue comes
 * to the front.
 *
 * <p>The ring has twice as many queues as turns pass while the cache is evicted once, as no entry
 * stands longer than that: all before it, and those only, go before it.
 *
 * <p>Hit ratios are those of the exact order, to a tenth of a point, without a lock at a hit.
 */
final class RecencyPolicy extends MarkedPolicy {
  private static final int TURNS = 64;
  private static final int RING = TURNS * 2;

  private final PolicyQueue[] ring = PolicyQueue.many(RING);
  private final long turnWeight;
  private long evictedThisTurn;
  private int oldest;
  private int turn; // at least the oldest; read by hits without a lock

  RecencyPolicy(long maximumWeight) {
    turnWeight = Math.max(1, maximumWeight / TURNS);
  }

  @Override
  int turn() {
    return turn;
  }

  @Override
  public void onInsert(PolicyNode node) {
    Mark.use(node, turn);
    queue(turn).addLast(node);
  }

  private PolicyQueue queue(int of) {
    return ring[of & (RING - 1)];
  }

  @Override
  public @Nullable PolicyNode nextVictim() {
    for (PolicyNode node = giveAway(); node != null; node = giveAway()) {
      int ahead = Math.min(turn - oldest, Mark.turnsSince(oldest, node));
      if (ahead <= 0) {
        count(node.weight);
        return node;
      }
      queue(oldest + ahead).addLast(node);
    }
    return null;
  }

  private void count(long evicted) {
    evictedThisTurn += evicted;
    if (evictedThisTurn >= turnWeight) {
      evictedThisTurn = 0;
      turn++;
    }
  }

  @Override
  void adopt(PolicyNode node) {
    onInsert(node);
  }

  @Override
  @Nullable PolicyNode giveAway() {
    for (int step = 0; step < RING; step++) {
      PolicyNode node = queue(oldest).pollFirst();
      if (node != null) {
        return node;
      }
      oldest++;
      turn = turn - oldest < 0 ? oldest : turn;
    }
    return null;
  }
}
