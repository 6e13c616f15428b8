package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.SystemCallException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The file whose kernel locks prove who is alive: byte i is locked by participant i for as long as
 * it lives, and by nobody a moment after it died, however it died.
 *
 * <p><b>Sharing.</b> The locks belong to one open descriptor, so to all threads of this
 * participant; a gate of its own stands in front of each lock that threads contend for. Order:
 * creation → participant → catalog.
 *
 * <p><b>Crash points.</b> The kernel releases everything held here when the process dies.
 */
final class LivenessFile {
  private static final long CREATION = 1L << 20;
  private static final long CATALOG = CREATION + 1;
  private static final int UNLOCKS_TRIED_MAX = 3;

  private final Environment environment;
  private final Platform platform;
  private final Descriptor live;
  private final ReentrantLock creationGate = new ReentrantLock();
  private final ReentrantLock catalogGate = new ReentrantLock();
  private final ReentrantLock recoveryGate = new ReentrantLock();

  LivenessFile(Environment environment, Descriptor live) {
    this.environment = environment;
    this.platform = environment.platform();
    this.live = live;
  }

  /** A lock that is held until closed. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  Descriptor descriptor() {
    return live;
  }

  Held lockCreation(Duration timeout) {
    return lock(
        creationGate,
        CREATION,
        timeout,
        () -> "somebody else creates, joins or leaves this space: file=" + live.what());
  }

  Held lockCatalog(Duration timeout, Supplier<String> holder) {
    return lock(
        catalogGate,
        CATALOG,
        timeout,
        () -> "somebody else changes the region table: file=" + live.what() + ", " + holder.get());
  }

  boolean tryLockParticipant(int slot) {
    return platform.tryLock(live, slot, 1);
  }

  void unlockParticipant(int slot) {
    unlock(slot);
  }

  /** Whether a process other than this participant holds the slot's byte: its participant lives. */
  boolean isAlive(int slot) {
    return platform.isLockedByOther(live, slot, 1);
  }

  boolean anyOtherAlive() {
    return platform.isLockedByOther(live, 0, 65_536);
  }

  /**
   * Runs {@code recovery} if the slot's participant is dead, holding its byte meanwhile, one thread
   * of this process at a time; false if somebody alive has it.
   */
  boolean whileDead(int slot, Runnable recovery) {
    recoveryGate.lock();
    try {
      if (isAlive(slot) || !tryLockParticipant(slot)) {
        return false;
      }
      try {
        recovery.run();
        return true;
      } finally {
        unlockParticipant(slot);
      }
    } finally {
      recoveryGate.unlock();
    }
  }

  void close() {
    platform.close(live);
  }

  /**
   * Tried again: what was done under a lock is done, and a lock that stays shuts the others out.
   */
  private void unlock(long at) {
    for (int tried = 1; ; tried++) {
      try {
        platform.unlock(live, at, 1);
        return;
      } catch (SystemCallException e) {
        if (tried == UNLOCKS_TRIED_MAX) {
          throw e;
        }
      }
    }
  }

  private Held lock(ReentrantLock gate, long at, Duration timeout, Supplier<String> what) {
    gate.lock();
    try {
      Environment.Backoff backoff = environment.backoff();
      while (!platform.tryLock(live, at, 1)) {
        if (backoff.hasLasted(timeout.toNanos())) {
          throw new BusyException(
              "%s; waited %s; it is alive (a stopped process counts as alive), end or continue it"
                  .formatted(what.get(), timeout));
        }
        backoff.pause();
      }
    } catch (Throwable e) {
      gate.unlock();
      throw e;
    }
    return () -> {
      try {
        unlock(at);
      } finally {
        gate.unlock();
      }
    };
  }
}
