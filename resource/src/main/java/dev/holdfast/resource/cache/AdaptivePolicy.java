package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * Runs the {@link Member} that would hit most, as the {@link Rivalry} of the cache's shards finds
 * out. When it changes, the entries move over a few at a time, with each insertion; until all have,
 * the old policy's least worthy go first.
 */
final class AdaptivePolicy implements Marking {
  private static final int MOVED_AT_ONCE = 16;

  private final long maximumWeight;
  private final Rivalry rivalry;
  private final int shards;
  private Member member;
  private MarkedPolicy current;
  private @Nullable MarkedPolicy former; // has entries still
  private long entries;
  private int turn; // the current policy's; racy, for hits

  AdaptivePolicy(long maximumWeight, Rivalry rivalry, int shards) {
    this.maximumWeight = maximumWeight;
    this.rivalry = rivalry;
    this.shards = shards;
    member = rivalry.best();
    current = member.create(maximumWeight);
  }

  @Override
  public Hits hits() {
    return Hits.LOCK_FREE;
  }

  @Override
  public void onHit(PolicyNode node) {
    Mark.use(node, turn);
    rivalry.onHit(node);
  }

  @Override
  public int fullMark() {
    return Mark.full(turn);
  }

  @Override
  public int listensTo() {
    return rivalry.listensTo();
  }

  @Override
  public void onInsert(PolicyNode node) {
    entries++;
    rivalry.onInsert(node);
    follow();
    current.onInsert(node);
    turn = current.turn();
  }

  @Override
  public void onUpdate(PolicyNode node, long oldWeight) {
    current.onUpdate(node, oldWeight); // right for the former one's entries, too
  }

  @Override
  public void onRemove(PolicyNode node) {
    entries--;
    current.onRemove(node); // right for the former one's entries, too
    rivalry.onRemove(node);
  }

  @Override
  public @Nullable PolicyNode nextVictim() {
    rivalry.onFull(entries * shards);
    PolicyNode victim = former == null ? null : former.nextVictim();
    if (victim == null) {
      victim = current.nextVictim();
    }
    if (victim != null) {
      entries--;
    }
    return victim;
  }

  private void follow() {
    Member best = rivalry.best();
    if (former != null) {
      moveSome(former);
    } else if (best != member) {
      member = best;
      former = current;
      current = best.create(maximumWeight);
    }
  }

  private void moveSome(MarkedPolicy from) {
    for (int moved = 0; moved < MOVED_AT_ONCE; moved++) {
      PolicyNode node = from.giveAway();
      if (node == null) {
        former = null;
        return;
      }
      current.adopt(node);
    }
  }
}
