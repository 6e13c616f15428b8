package dev.holdfast.sync;

import dev.holdfast.region.Membership;
import dev.holdfast.region.SpaceEvent;

/**
 * What all locks of one participant work with.
 *
 * @param membership of the space
 * @param contexts of this process
 * @param waiters of all processes
 * @param waits drives a wait
 * @param urgency who is more urgent than an owner
 * @param boost lets owners run that urgent waiters wait for
 * @param order in which locks are taken
 * @param tickets of transactions
 */
record Engine(
    Membership membership,
    Contexts contexts,
    Waiters waiters,
    Waits waits,
    Urgency urgency,
    Boost boost,
    OrderGraph order,
    Tickets tickets) {
  LocalGate newGate() {
    return new LocalGate(membership.platform()::monotonicNanos);
  }

  /**
   * To be called before a lock is asked for.
   *
   * @param mayWait whether the caller is willing to wait for it
   * @throws LockOrderException if it should not, owning what it owns; nothing was changed
   */
  void beforeAsking(long key, LockClass lockClass, boolean mayWait) {
    if (order.isOn()) {
      order.wants(contexts.current(), key, lockClass, mayWait);
    }
  }

  /** As {@link #beforeAsking}, of a mutex: a transaction gives way instead of waiting in a ring. */
  void beforeAskingForMutex(long key, LockClass lockClass, boolean mayWait) {
    if (order.isOn()) {
      Context me = contexts.current();
      order.wants(me, key, lockClass, mayWait && me.ticket == 0);
    }
  }

  /**
   * As {@link #beforeAsking}, of one who owns the lock already and will wait for it in some way.
   */
  void beforeAskingAgain(Context me, long key) {
    if (order.isOn()) {
      order.wantsAgain(me, key);
    }
  }

  long now() {
    return waits.now();
  }

  /** Counts and records that a lock's owner was found dead. */
  void noteOwnerDied(long key, String lock) {
    waiters.countOwnerDied();
    membership.record(SpaceEvent.Kind.LOCK_OWNER_DIED, WaitWord.isPlaced(key) ? -1 : key, lock);
  }
}
