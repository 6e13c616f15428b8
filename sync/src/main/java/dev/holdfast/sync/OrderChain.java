package dev.holdfast.sync;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Classes of locks in the order in which some thread took them: one object a distinct order, the
 * same for all threads. What was checked once is noted in it.
 *
 * <p><b>Cost.</b> One more lock is one look into a hash table. Of more than {@link #CHAINS_MAX}
 * distinct orders the others are made anew, and checked, each time.
 */
final class OrderChain {
  static final int CHAINS_MAX = 1 << 16;
  private static final long NEVER = -1;

  private final @Nullable OrderChain before;
  private final @Nullable LockClass last;
  private final AtomicInteger chains;
  private final ConcurrentHashMap<LockClass, OrderChain> next = new ConcurrentHashMap<>(2);
  private volatile long checkedIn = NEVER;

  private OrderChain(@Nullable OrderChain before, @Nullable LockClass last, AtomicInteger chains) {
    this.before = before;
    this.last = last;
    this.chains = chains;
  }

  /** The chain of who owns nothing. */
  static OrderChain newRoot() {
    return new OrderChain(null, null, new AtomicInteger());
  }

  boolean isRoot() {
    return before == null;
  }

  /** This one and another lock. */
  OrderChain then(LockClass taken) {
    @Nullable OrderChain known = next.get(taken);
    if (known != null) {
      return known;
    }
    if (chains.get() >= CHAINS_MAX) {
      return new OrderChain(this, taken, chains);
    }
    return next.computeIfAbsent(
        taken,
        added -> {
          chains.incrementAndGet();
          return new OrderChain(this, added, chains);
        });
  }

  /** What it is made of, first taken first. */
  List<LockClass> classes() {
    List<LockClass> classes = new ArrayList<>();
    for (OrderChain at = this; at != null && at.last != null; at = at.before) {
      classes.add(at.last);
    }
    Collections.reverse(classes);
    return classes;
  }

  /** Whether waiting for its last, owning the others, was checked in that generation. */
  boolean isChecked(long generation) {
    return checkedIn == generation;
  }

  void setChecked(long generation) {
    checkedIn = generation;
  }
}
