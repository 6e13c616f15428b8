package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/**
 * W-TinyLFU: a small window takes the new entries; who leaves it must have been seen more often
 * than the one that it would displace from the main part, as a sketch of the past tells. The main
 * part is segmented: 80 % are protected, who is used in probation moves there.
 *
 * <p>Hits only mark. What they say is added to the sketch, and an entry that was used is moved,
 * when the policy comes across it. A margin of one use keeps a loop that is larger than the cache
 * from displacing one part of itself by another.
 *
 * <p>Source: Einziger, Friedman, Manes: TinyLFU, a highly efficient cache admission policy (2017);
 * the window there adapts, here it is a tenth.
 */
final class TinyLfuPolicy extends MarkedPolicy {
  private static final int WINDOW_PERCENT = 10;
  private static final int PROTECTED_PERCENT = 80;
  private static final int WARM_COUNT = 6; // below, a candidate that loses has no second chance
  private static final int CHANCE_MASK = 127;

  private final PolicyQueue window = new PolicyQueue();
  private final PolicyQueue probation = new PolicyQueue();
  private final PolicyQueue guarded = new PolicyQueue();
  private final FrequencySketch sketch = new FrequencySketch();
  private final long windowMaximum;
  private final long guardedMaximum;
  private long random = 0x9E3779B97F4A7C15L;

  TinyLfuPolicy(long maximumWeight) {
    windowMaximum = Math.max(1, percent(maximumWeight, WINDOW_PERCENT));
    guardedMaximum = percent(maximumWeight - windowMaximum, PROTECTED_PERCENT);
  }

  private static long percent(long of, int percent) {
    return of / 100 * percent + of % 100 * percent / 100; // the product may be too large
  }

  @Override
  public void onInsert(PolicyNode node) {
    sketch.ensureCapacity(window.size() + probation.size() + guarded.size() + 1);
    sketch.add(node.keyHash, 1);
    window.addLast(node);
    trimWindow();
  }

  private void trimWindow() {
    while (window.weight() > windowMaximum && window.size() > 1) {
      advance(window, probation);
    }
  }

  /** Moves the first entry of a queue on, or to its back if it was used. */
  private void advance(PolicyQueue from, PolicyQueue to) {
    PolicyNode node = from.first();
    from.remove(node);
    (wasUsed(node) ? from : to).addLast(node);
  }

  private boolean wasUsed(PolicyNode node) {
    int uses = Mark.takeUses(node);
    if (uses > 0) {
      sketch.add(node.keyHash, uses);
    }
    return uses > 0;
  }

  @Override
  public @Nullable PolicyNode nextVictim() {
    PolicyNode candidate = probation.peekLast();
    promoteUsed();
    PolicyNode victim = probation.peekFirst();
    if (candidate == null || victim == null) {
      return giveAway();
    }
    boolean refused = candidate.queue == probation && !isBetter(candidate, victim);
    PolicyNode loser = refused ? candidate : victim;
    PolicyQueue.of(loser).remove(loser);
    return loser;
  }

  private void promoteUsed() {
    for (PolicyNode node = probation.peekFirst(); node != null; node = probation.peekFirst()) {
      if (!wasUsed(node)) {
        return;
      }
      probation.remove(node);
      guarded.addLast(node);
      while (guarded.weight() > guardedMaximum) {
        advance(guarded, probation);
      }
    }
  }

  private boolean isBetter(PolicyNode candidate, PolicyNode victim) {
    int candidateCount = sketch.count(candidate.keyHash);
    int victimCount = sketch.count(victim.keyHash);
    int margin = victimCount > 1 ? 1 : 0;
    return candidateCount > victimCount + margin
        || (candidateCount >= WARM_COUNT && (nextRandom() & CHANCE_MASK) == 0);
  }

  /** Against keys made to collide in the sketch with one that never leaves. */
  private long nextRandom() {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return random;
  }

  @Override
  void adopt(PolicyNode node) {
    sketch.ensureCapacity(window.size() + probation.size() + guarded.size() + 1);
    sketch.add(node.keyHash, 1);
    probation.addLast(node);
  }

  @Override
  @Nullable PolicyNode giveAway() {
    PolicyNode node = window.pollFirst();
    node = node != null ? node : probation.pollFirst();
    return node != null ? node : guarded.pollFirst();
  }
}
