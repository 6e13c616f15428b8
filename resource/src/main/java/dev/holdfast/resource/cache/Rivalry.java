package dev.holdfast.resource.cache;

import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds out, for one cache, which {@link Member} would hit most: each runs on a {@link Shadow}, all
 * on the same sample of the keys, those whose hash codes start with some zeros.
 *
 * <p>It begins with the first eviction, with a sample of 256 to 511 entries, or 1 in 256 of a cache
 * of more than 131,000. Uses of sampled keys are collected in a buffer, which may lose some in a
 * race, and run through the shadows 64 at a time by whoever fills it, unless somebody else does.
 * Rounds are counted in misses, not uses, because one key in the sample may be used more than all
 * others; after each, {@link Standings} says whether to follow another member.
 *
 * <p>Cost: hits on keys outside the sample are kept from it by {@link #listensTo}. A use of a
 * sampled key takes some 200 ns, which is less than 3 ns a use from 32,768 entries on, where 1 key
 * in 128 is sampled. When less than 1 in 200 sampled uses misses, no choice can do much better, and
 * hits are not listened to until a quarter of the sample has been missed. Memory: 4 shadows of some
 * 80 bytes for each entry of the sample: 160 KB at most, and 1 % of a larger cache.
 *
 * <p>Sharing: {@link #onHit} by any thread; {@link #onInsert}, {@link #onRemove} under a shard's
 * lock. The shadows have a lock of their own, after which no other is taken.
 */
final class Rivalry {
  private static final int SAMPLE_MIN = 256;
  private static final int SAMPLE_BITS_MAX = 8;
  private static final int BUFFER = 64;
  private static final long USES_A_MISS_MAX = 200;

  private final String cacheName;
  private final long maximumWeight;
  private volatile int best; // the first member, until another one leads
  private volatile boolean begun;
  private volatile boolean listening;
  private volatile int sampleMask; // these bits of a sampled key's hash code are 0

  // Racy: a use may be lost.
  private final int[] usedHashes = new int[BUFFER];
  private final long[] usedWeights = new long[BUFFER];
  private int buffered;
  private int missedWhileDeaf;

  // Guarded by the lock.
  private final ReentrantLock lock = new ReentrantLock();
  private final Shadow[] shadows = new Shadow[Member.ALL.length];
  private final long[] misses = new long[Member.ALL.length];
  private Standings standings = new Standings(Member.ALL.length);
  private int sampleBits;
  private long uses;

  Rivalry(String cacheName, long maximumWeight) {
    this.cacheName = cacheName;
    this.maximumWeight = maximumWeight;
  }

  Member best() {
    return Member.ALL[best];
  }

  /** The bits that are 0 in the hash codes of keys whose hits it wants to know of. */
  int listensTo() {
    return listening ? sampleMask : Marking.NOBODY;
  }

  void onHit(PolicyNode node) {
    if (listening && isSampled(node)) {
      use(node);
    }
  }

  void onInsert(PolicyNode node) {
    if (begun && isSampled(node)) {
      if (listening) {
        use(node);
      } else if (++missedWhileDeaf > SAMPLE_MIN / 4) {
        missedWhileDeaf = 0;
        listening = true;
      }
    }
  }

  /** Not for victims: each shadow chooses its own. */
  void onRemove(PolicyNode node) {
    if (begun && isSampled(node)) {
      lock.lock();
      try {
        drain();
        for (Shadow shadow : shadows) {
          shadow.remove(node.keyHash);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** The cache is full for the first time, and holds about so many entries. */
  void onFull(long entries) {
    if (!begun) {
      lock.lock();
      try {
        if (!begun) {
          begin(entries);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private void begin(long entries) {
    int bits = Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.max(1, entries / SAMPLE_MIN));
    sampleBits = Math.min(SAMPLE_BITS_MAX, bits);
    Arrays.setAll(
        shadows, i -> new Shadow(sampled(Member.ALL[i]), Math.max(1, maximumWeight >> sampleBits)));
    sampleMask = sampleBits == 0 ? 0 : -1 << (Integer.SIZE - sampleBits);
    standings = new Standings(Member.ALL.length);
    startRound();
    begun = true;
    listening = true;
  }

  private MarkedPolicy sampled(Member member) {
    return member.create(Math.max(1, maximumWeight >> sampleBits));
  }

  private boolean isSampled(PolicyNode node) {
    return (node.keyHash & sampleMask) == 0;
  }

  private void use(PolicyNode node) {
    int place = buffered;
    if (place < BUFFER) {
      usedHashes[place] = node.keyHash;
      usedWeights[place] = node.weight;
      buffered = place + 1;
    }
    if (place >= BUFFER - 1 && lock.tryLock()) {
      try {
        drain();
        endRoundIfDue();
      } finally {
        lock.unlock();
      }
    }
  }

  private void drain() {
    int count = Math.min(BUFFER, buffered);
    for (int i = 0; i < count; i++) {
      for (int rival = 0; rival < shadows.length; rival++) {
        if (!shadows[rival].use(usedHashes[i], usedWeights[i])) {
          misses[rival]++;
        }
      }
    }
    uses += count;
    buffered = 0;
  }

  private void endRoundIfDue() {
    long missesOfAll = Arrays.stream(misses).sum();
    boolean full = Arrays.stream(shadows).allMatch(Shadow::isFull);
    if (missesOfAll >= (long) misses.length * roundMisses()) {
      if (full) { // before, none of them had to choose
        follow(standings.next(best, misses, shadows[best].size()));
        resizeSample();
      }
      startRound();
    } else if (uses > USES_A_MISS_MAX * roundMisses()) {
      listening = false;
      startRound();
    }
  }

  private void follow(int next) {
    if (next != best) {
      CachePolicyEvent event = new CachePolicyEvent();
      event.cache = cacheName;
      event.former = Member.ALL[best].name();
      event.present = Member.ALL[next].name();
      best = next;
      event.commit();
    }
  }

  private long roundMisses() {
    return Math.max(SAMPLE_MIN, shadows[0].size()) / 2;
  }

  private void startRound() {
    uses = 0;
    Arrays.fill(misses, 0);
  }

  /** Begins anew if the entries' weights have made the sample far too small or too large. */
  private void resizeSample() {
    long size = shadows[0].size();
    boolean tooSmall = size < SAMPLE_MIN / 4 && sampleBits > 0;
    boolean tooLarge = size > SAMPLE_MIN * 8L && sampleBits < SAMPLE_BITS_MAX;
    if (tooSmall || tooLarge) {
      begin(size << sampleBits);
    }
  }
}
