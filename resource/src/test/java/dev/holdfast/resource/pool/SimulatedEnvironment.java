package dev.holdfast.resource.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** A clock that a test moves, tasks that run when a test says so, chance from a seed. */
final class SimulatedEnvironment implements PoolEnvironment {
  private record Step(long atNanos, long number, Runnable run, boolean mustRun) {}

  private final Random random;
  private final List<Runnable> tasks = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private long now = -5_000_000_000L; // the clock may be negative and cross zero
  private long numbers;
  private boolean stopped;
  boolean outOfThreads;
  boolean outOfTimers;
  int failingStarts; // the next ones
  boolean startsAndThrows;

  SimulatedEnvironment(long seed) {
    random = new Random(seed);
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void start(Runnable task) {
    if (outOfThreads || failingStarts-- > 0) {
      throw new InternalError("unable to create a thread");
    }
    tasks.add(task);
    if (startsAndThrows) {
      throw new InternalError("unable to create a carrier for the thread that was started");
    }
  }

  @Override
  public Timer after(long nanos, Runnable run) {
    if (outOfTimers) {
      throw new OutOfMemoryError("no memory for a timer");
    }
    Step step = new Step(now + nanos, numbers++, run, false);
    if (!stopped) {
      steps.add(step);
    }
    return () -> steps.remove(step);
  }

  @Override
  public void surelyAfter(long nanos, Runnable run) {
    if (outOfTimers) {
      throw new OutOfMemoryError("no memory for a timer");
    }
    steps.add(new Step(now + nanos, numbers++, run, true));
  }

  @Override
  public double random() {
    return random.nextDouble();
  }

  @Override
  public void stop() {
    stopped = true;
    steps.removeIf(step -> !step.mustRun);
  }

  boolean isStopped() {
    return stopped;
  }

  int tasks() {
    return tasks.size();
  }

  /** Runs the task of that place; those behind it move up. */
  void runTask(int index) {
    tasks.remove(index).run();
  }

  /** Runs tasks until none is left. */
  void runTasks() {
    while (!tasks.isEmpty()) {
      runTask(0);
    }
  }

  /** Lets time pass, running what comes due in its order, but no task. */
  void advance(Duration time) {
    long until = now + time.toNanos();
    while (true) {
      Step next =
          steps.stream()
              .min(Comparator.comparingLong(Step::atNanos).thenComparingLong(Step::number))
              .orElse(null);
      if (next == null || next.atNanos > until) {
        now = until;
        return;
      }
      steps.remove(next);
      now = Math.max(now, next.atNanos);
      next.run.run();
    }
  }

  /** Lets time pass in small parts, running tasks after each. */
  void live(Duration time, Duration part) {
    for (long left = time.toNanos(); left > 0; left -= part.toNanos()) {
      advance(part);
      runTasks();
    }
  }
}
