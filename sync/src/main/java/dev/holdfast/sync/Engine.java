package dev.holdfast.sync;

import dev.holdfast.region.Membership;

/**
 * What all locks of one participant work with.
 *
 * @param membership of the space
 * @param contexts of this process
 * @param waiters of all processes
 * @param waits drives a wait
 */
record Engine(Membership membership, Contexts contexts, Waiters waiters, Waits waits) {
  LocalGate newGate() {
    return new LocalGate(membership.platform()::monotonicNanos);
  }

  long now() {
    return waits.now();
  }
}
