package dev.holdfast.sync;

import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * A condition of a mutex: its waiters, of all processes, are the contexts whose wait words name it.
 *
 * <p><b>Crash points.</b> A dead waiter is passed over. A waiter that dies with a signal takes it
 * along: news of a death wakes all waiters, who look at what they wait for and wait again; a
 * wake-up without cause is always possible.
 */
final class MutexCondition implements Condition {
  private static final int MODE = 1 << WaitWord.CONDITION;

  private final MutexCore mutex;
  private final long key;
  private final Engine engine;
  private final Waiters waiters;

  MutexCondition(MutexCore mutex, LockSite site, Engine engine) {
    this.mutex = mutex;
    this.key = site.key();
    this.engine = engine;
    this.waiters = engine.waiters();
  }

  @Override
  public void await() throws InterruptedException {
    var _ = suspend(new Wait(Long.MAX_VALUE, true, Priority.NORMAL, engine.now()));
  }

  @Override
  public void awaitUninterruptibly() {
    var _ = suspendOrEnd(Wait.forEver(Priority.NORMAL, engine.now()));
  }

  @Override
  public long awaitNanos(long nanosTimeout) throws InterruptedException {
    long now = engine.now();
    Wait wait = Wait.atMost(Duration.ofNanos(nanosTimeout), true, Priority.NORMAL, now);
    var _ = suspend(wait);
    return nanosTimeout - (engine.now() - now);
  }

  @Override
  public boolean await(long time, TimeUnit unit) throws InterruptedException {
    Duration timeout = Duration.of(time, unit.toChronoUnit());
    return suspend(Wait.atMost(timeout, true, Priority.NORMAL, engine.now()));
  }

  @SuppressWarnings("JavaUtilDate") // the interface has it
  @Override
  public boolean awaitUntil(Date deadline) throws InterruptedException {
    Duration left = Duration.between(Instant.now(), deadline.toInstant());
    return suspend(Wait.atMost(left, true, Priority.NORMAL, engine.now()));
  }

  /** Whether it was woken before its deadline. */
  private boolean suspend(Wait wait) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Wait.@Nullable End end = suspendOrEnd(wait);
    if (end == Wait.End.INTERRUPTED) {
      var _ = Thread.interrupted();
      throw new InterruptedException("interrupted while waiting for a condition");
    }
    return end == null;
  }

  private Wait.@Nullable End suspendOrEnd(Wait wait) {
    Context me = mutex.requireMine();
    mutex.beforeAskingAgain(me); // it will have to be taken again
    int deaths = engine.waits().deaths();
    boolean[] released = {false};
    int[] depth = {0};
    Waits.Goal goal =
        new Waits.Goal() {
          @Override
          public Waits.Look look(boolean prove) {
            if (!released[0]) {
              released[0] = true; // published by now: whoever signals finds us
              depth[0] = mutex.releaseFully();
            }
            boolean over =
                me.isGranted()
                    || engine.waits().deaths() != deaths
                    || OwnerWord.isNotRecoverable(mutex.word());
            return over ? Waits.Look.GOT : Waits.Look.NOT_NOW;
          }

          @Override
          public void passOn() {
            // a signal is a grant, and was not given: nothing to hand on
          }
        };
    Wait.@Nullable End end;
    engine.waits().enter(mutex.name());
    try {
      end = engine.waits().await(me, WaitWord.of(key, WaitWord.CONDITION), 0, wait, goal);
    } finally {
      try {
        if (released[0]) {
          mutex.takeBack(depth[0], wait.priority());
        }
      } finally {
        engine.waits().leave();
      }
    }
    if (end == Wait.End.CLOSED) {
      throw mutex.closed();
    }
    return end;
  }

  @Override
  public void signal() {
    var _ = mutex.requireMineAndOpen();
    for (int next = waiters.best(key, MODE); next >= 0; next = waiters.best(key, MODE)) {
      if (grant(next)) {
        return;
      }
    }
  }

  @Override
  public void signalAll() {
    var _ = mutex.requireMineAndOpen();
    waiters.each(
        key,
        MODE,
        context -> {
          grant(context);
          return true;
        });
  }

  private boolean grant(int context) {
    long wanted = waiters.waitWord(context);
    boolean granted = wanted > 0 && WaitWord.key(wanted) == key && waiters.grant(context, wanted);
    if (granted) {
      waiters.signal(context);
    }
    return granted;
  }
}
