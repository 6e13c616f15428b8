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

  long now() {
    return waits.now();
  }

  /** Counts and records that a lock's owner was found dead. */
  void noteOwnerDied(long key, String lock) {
    waiters.countOwnerDied();
    membership.record(SpaceEvent.Kind.LOCK_OWNER_DIED, WaitWord.isPlaced(key) ? -1 : key, lock);
  }
}
