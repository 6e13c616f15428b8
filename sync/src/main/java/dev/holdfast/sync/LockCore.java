package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import org.jspecify.annotations.Nullable;

/**
 * One lock as this process sees it, whatever its kind.
 *
 * <p><b>Cost.</b> A kind of lock is a subclass, and one object: of loads that lead to each other
 * each waits for the one before, and between two atomic instructions nothing else is to be done
 * meanwhile. Which thread came last is remembered: most often it comes again, and is found without
 * a look into a thread-local.
 */
abstract class LockCore {
  final String name;
  final long key;
  final Words words;
  final long at;
  final boolean fair;
  final Statistics statistics;
  final Engine engine;
  final Contexts contexts;
  final Waiters waiters;
  final Waits waits;
  final LocalGate gate;
  private final OrderGraph order;
  private @Nullable Context last;

  LockCore(LockSite site, Engine engine) {
    this.name = site.name();
    this.key = site.key();
    this.words = site.words();
    this.at = site.at();
    this.fair = site.fair();
    this.statistics = site.statistics();
    this.engine = engine;
    this.contexts = engine.contexts();
    this.waiters = engine.waiters();
    this.waits = engine.waits();
    this.order = engine.order();
    this.gate = engine.newGate();
  }

  final String name() {
    return name;
  }

  final long now() {
    return engine.now();
  }

  // ---- before it is asked for ------------------------------------------------------------------

  /**
   * To be called before it is asked for.
   *
   * @param mayWait whether the caller is willing to wait for it
   * @throws LockOrderException if it should not, owning what it owns; nothing was changed
   */
  final void beforeAsking(LockClass lockClass, boolean mayWait) {
    if (order.isOn()) {
      Context me = contexts.current();
      order.wants(me, key, lockClass, mayWait && !givesWay(me));
    }
  }

  /** Whether the caller's transaction gives way where it would wait in a ring. */
  boolean givesWay(Context me) {
    return false;
  }

  /** To be called before one who owns it will wait for it in some way. */
  final void beforeAskingAgain(Context me) {
    if (order.isOn()) {
      order.wantsAgain(me, key);
    }
  }

  // ---- who comes -------------------------------------------------------------------------------

  /** The calling thread's context; binds one if it has none. */
  final Context current() {
    Context guess = last;
    return guess != null && guess.isCurrent() ? guess : contexts.current();
  }

  /** The calling thread's context, if it has one. */
  final @Nullable Context currentOrNull() {
    Context guess = last;
    return guess != null && guess.isCurrent() ? guess : contexts.currentOrNull();
  }

  /** Notes who comes, so that it is found at once when it goes or comes again. */
  final void came(Context me) {
    if (last != me) {
      last = me;
    }
  }

  // ---- in place of others ----------------------------------------------------------------------

  /** Whether a thread of this process owns it, in whatever way, as the shared words say. */
  abstract boolean isOwnedHere();

  /** For the contexts of threads that ended owning it: leaves it as a dead owner would. */
  abstract void abandonFor(Context ended);

  /** Clears what a dead participant left here; whether it was the owner of the word. */
  abstract boolean recover(long participant);

  /** Sends away the threads of this process that queue for it. */
  void close() {
    gate.close();
  }
}
