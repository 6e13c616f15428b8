package dev.holdfast.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An operation of a simulated process, run step by step on a thread of its own. It runs only inside
 * {@link #run}: director and actor hand each other the turn, so that two actors never run at once.
 *
 * <p>Other threads of the same process are not controlled; they end with it.
 */
final class Actor implements StepControl {
  /** Where an actor stopped. */
  enum State {
    /** Just before a step. */
    PAUSED,
    /** Looking at the clock or sleeping again and again, or blocked: it waits for somebody else. */
    STALLED,
    /** At the end of its operation. */
    FINISHED
  }

  static final long UNLIMITED = Long.MAX_VALUE;
  private static final int IDLE_LOOKS_MAX = 64;

  /** Also when it stores in between, for who sleeps says so in words of its own. */
  private static final int SLEEPS_MAX = 4;

  private static final long WATCHDOG_SECONDS = 120;

  private final FakeProcess process;
  private final boolean loads;
  private final Thread thread;
  private final Semaphore actorsTurn = new Semaphore(0);
  private final Semaphore directorsTurn = new Semaphore(0);

  // Written by whoever has the turn; the semaphores publish them.
  private State state = State.PAUSED;
  private long allowed;
  private boolean stopWhenStalled;
  private long steps;
  private int idleLooks;
  private int sleeps;
  private boolean hung;
  private @Nullable Step next;
  private @Nullable Throwable failure;

  Actor(FakeProcess process, boolean loads, Callable<?> operation) {
    this.process = process;
    this.loads = loads;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("actor-" + process.name())
            .unstarted(() -> act(operation));
    process.control(this);
    thread.start();
  }

  private void act(Callable<?> operation) {
    actorsTurn.acquireUninterruptibly();
    try {
      operation.call();
    } catch (Throwable thrown) {
      failure = thrown;
    }
    state = State.FINISHED;
    directorsTurn.release();
  }

  /** Takes at most that many steps, and stops before the next one. */
  State run(long stepsMax, boolean stopWhenStalled) {
    if (state != State.FINISHED) {
      this.allowed = stepsMax;
      this.stopWhenStalled = stopWhenStalled;
      this.idleLooks = 0;
      this.sleeps = 0;
      actorsTurn.release();
      awaitTurn();
    }
    return state;
  }

  private void awaitTurn() {
    try {
      if (!directorsTurn.tryAcquire(WATCHDOG_SECONDS, TimeUnit.SECONDS)) {
        hung = true;
        AssertionError hang = new AssertionError("simulated process hangs: " + process);
        hang.setStackTrace(thread.getStackTrace());
        throw hang;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while simulating", interrupted);
    }
  }

  /** Kills the process where it stands and lets its thread end. */
  void kill() {
    process.kill();
    while (state != State.FINISHED && !hung) {
      run(UNLIMITED, false);
    }
  }

  /** Steps taken. */
  long steps() {
    return steps;
  }

  boolean finished() {
    return state == State.FINISHED;
  }

  /** The step it stands before. */
  @Nullable Step next() {
    return next;
  }

  /** Throws on what its operation threw. */
  void requireSuccess() {
    if (failure != null) {
      throw new AssertionError("operation failed: process=" + process, failure);
    }
  }

  @Override
  public void before(Step step) {
    if (!acting() || (step.kind() == Step.Kind.LOAD && !loads)) {
      return;
    }
    while (allowed == 0 && process.alive()) {
      next = step;
      stop(State.PAUSED);
    }
    allowed--;
    steps++;
    idleLooks = 0;
  }

  @Override
  public void idle() {
    if (acting() && stopWhenStalled && ++idleLooks > IDLE_LOOKS_MAX) {
      stop(State.STALLED);
    }
  }

  @Override
  public void asleep() {
    if (acting() && stopWhenStalled && ++sleeps > SLEEPS_MAX) {
      stop(State.STALLED);
    }
  }

  @Override
  public boolean blocked() {
    boolean controlled = acting();
    if (controlled && process.alive()) {
      stop(State.STALLED);
    }
    return controlled;
  }

  private boolean acting() {
    return Thread.currentThread().equals(thread);
  }

  private void stop(State where) {
    state = where;
    directorsTurn.release();
    actorsTurn.acquireUninterruptibly();
  }
}
