package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * S3-FIFO: three plain queues. New entries stand in a small one; those used twice before its end
 * move to the main one, the others leave at once and are remembered for a while: who comes back in
 * that time goes to the main queue directly. In the main queue an entry that was used goes round
 * again, three times at most for its uses.
 *
 * <p>Source: Yang, Zhang, Qiu, Yue, Rashmi: FIFO queues are all you need for cache eviction (SOSP
 * 2023).
 */
final class S3FifoPolicy extends MarkedPolicy {
  private static final int ROUNDS_MAX = 3;
  private static final int USES_TO_STAY = 2;

  private final PolicyQueue small = new PolicyQueue();
  private final PolicyQueue main = new PolicyQueue();
  private final Ghosts ghosts = new Ghosts();
  private final long smallWeight;

  S3FifoPolicy(long maximumWeight) {
    smallWeight = Math.max(1, maximumWeight / 10);
  }

  @Override
  public void onInsert(PolicyNode node) {
    node.rank = 0;
    (ghosts.remove(node.keyHash, main.size()) ? main : small).addLast(node);
  }

  @Override
  public @Nullable PolicyNode nextVictim() {
    PolicyNode victim = small.weight() >= smallWeight ? fromSmall() : null;
    return victim != null ? victim : fromMain();
  }

  private @Nullable PolicyNode fromSmall() {
    for (PolicyNode node = small.pollFirst(); node != null; node = small.pollFirst()) {
      if (Mark.takeUses(node) < USES_TO_STAY) {
        ghosts.add(node.keyHash, main.size());
        return node;
      }
      main.addLast(node);
    }
    return null;
  }

  private @Nullable PolicyNode fromMain() {
    for (PolicyNode node = main.pollFirst(); node != null; node = main.pollFirst()) {
      int rounds = Math.min(ROUNDS_MAX, node.rank + Mark.takeUses(node));
      if (rounds == 0) {
        return node;
      }
      node.rank = rounds - 1;
      main.addLast(node);
    }
    return small.pollFirst();
  }

  @Override
  void adopt(PolicyNode node) {
    node.rank = 0;
    main.addLast(node);
  }

  @Override
  @Nullable PolicyNode giveAway() {
    PolicyNode node = small.pollFirst();
    return node != null ? node : main.pollFirst();
  }
}
