package dev.holdfast.testkit;

import dev.holdfast.testkit.Actor.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs an operation again and again, each time in a fresh world, and each time stops it before
 * another step: to kill it there, or to let somebody else run in between. Deterministic: nothing
 * sleeps, and only one process runs at a time.
 *
 * <p>A step is a store into shared words or a platform call that changes something; with {@link
 * #withLoads} also each read of shared words. An operation that waits for a paused one is noticed
 * by its looking at the clock, and the paused one is let run.
 *
 * <pre>{@code
 * Simulation.of(World::new)                        // a FakeKernel, its processes, a prepared state
 *     .victim(world -> world.a, world -> world.createRegion())
 *     .survivor(world -> world.b, world -> world.sweep())
 *     .check(world -> assertThat(world.kernel.leftovers()).isEmpty())
 *     .killEverywhere();
 * }</pre>
 *
 * <p>The check runs on the calling thread after everyone is done, in a process that nobody steps. A
 * failure names the schedule that led to it.
 *
 * @param <W> the world: whatever the operations need
 */
public final class Simulation<W> {
  /**
   * Something done in a world.
   *
   * @param <W> the world
   */
  @FunctionalInterface
  public interface Operation<W> {
    /** Does it. */
    void run(W world) throws Exception;
  }

  private record Part<W>(Function<W, FakeProcess> process, Operation<W> operation) {}

  /** No schedule of a sane operation is longer; an operation that never ends is a defect. */
  private static final long STEPS_MAX = 100_000;

  private static final int TURNS_MAX = 1_000;

  private final Callable<W> worlds;
  private @Nullable Part<W> victim;
  private @Nullable Part<W> survivor;
  private Operation<W> check = world -> {};
  private boolean loads;

  private Simulation(Callable<W> worlds) {
    this.worlds = worlds;
  }

  /** A simulation in worlds made by {@code worlds}, a fresh one a run. */
  public static <W> Simulation<W> of(Callable<W> worlds) {
    return new Simulation<>(worlds);
  }

  /** The operation to be stopped before each of its steps, and the process that runs it. */
  public Simulation<W> victim(Function<W, FakeProcess> process, Operation<W> operation) {
    victim = new Part<>(process, operation);
    return this;
  }

  /** The operation of another process that runs while the victim is stopped, and after it. */
  public Simulation<W> survivor(Function<W, FakeProcess> process, Operation<W> operation) {
    survivor = new Part<>(process, operation);
    return this;
  }

  /** What must hold after each run. */
  public Simulation<W> check(Operation<W> check) {
    this.check = check;
    return this;
  }

  /** Counts reads of shared words as steps: more interleavings, no more crash states. */
  public Simulation<W> withLoads() {
    loads = true;
    return this;
  }

  /**
   * For each step n: the victim is killed just before it; then the survivor, if any, runs to its
   * end. At last the victim finishes unharmed.
   *
   * @return how many runs there were: one more than the victim has steps
   */
  public long killEverywhere() {
    return forEachStep((n, run) -> {
      boolean stopped = run.stopVictimBefore(n);
      if (stopped) {
        run.victim.kill();
      }
      if (survivor != null) {
        run.startSurvivor();
      }
      run.finish();
      return stopped;
    });
  }

  /**
   * For each step n of the victim and m of the survivor: the victim is killed before n, then the
   * survivor before m. Whoever the check lets clean up must manage both.
   *
   * @return how many runs there were
   */
  public long killBothEverywhere() {
    return forEachPair(
        (run, survivor) -> {
          run.victim.kill();
          survivor.kill();
        },
        true);
  }

  /**
   * For each step n of the victim and m of the survivor: the victim is paused before n, the
   * survivor takes m − 1 steps, then the victim finishes, then the survivor.
   *
   * @return how many runs there were
   */
  public long interleaveEverywhere() {
    return forEachPair((run, survivor) -> {}, false);
  }

  /**
   * As {@link #interleaveEverywhere}, but the victim is killed instead of resumed.
   *
   * @return how many runs there were
   */
  public long interleaveAndKillEverywhere() {
    return forEachPair((run, survivor) -> run.victim.kill(), false);
  }

  @FunctionalInterface
  private interface Schedule<W> {
    /** Runs it; false if an operation ended before it was reached: there are no longer ones. */
    boolean run(long n, Run<W> run) throws Exception;
  }

  @FunctionalInterface
  private interface Meeting<W> {
    void decide(Run<W> run, Actor survivor);
  }

  private long forEachStep(Schedule<W> schedule) {
    for (long n = 1; n <= STEPS_MAX; n++) {
      if (!runOnce("victim stopped before step " + n, n, schedule)) {
        return n;
      }
    }
    throw new AssertionError("operation does not end: steps=" + STEPS_MAX);
  }

  private long forEachPair(Meeting<W> meeting, boolean killFirst) {
    long runs = 0;
    boolean victimStops = true;
    for (long n = 1; victimStops && n <= STEPS_MAX; n++) {
      boolean[] reached = {true, true}; // by the victim, by the survivor
      for (long m = 1; reached[0] && reached[1] && m <= STEPS_MAX; m++) {
        long survivorSteps = m - 1;
        runOnce(
            "victim stopped before step %d, survivor before step %d".formatted(n, m),
            n,
            (step, run) -> {
              reached[0] = run.stopVictimBefore(step);
              if (reached[0] && killFirst) {
                run.victim.kill();
              }
              Actor survivor = run.startSurvivor();
              reached[1] = survivor.run(survivorSteps, !killFirst) == State.PAUSED;
              if (reached[0]) {
                meeting.decide(run, survivor);
              }
              run.finish();
              return reached[0];
            });
        runs++;
      }
      victimStops = reached[0];
    }
    return runs;
  }

  private boolean runOnce(String schedule, long n, Schedule<W> body) {
    Run<W> run = null;
    try {
      W world = worlds.call();
      run = new Run<>(world, this);
      boolean reached = body.run(n, run);
      check.run(world);
      return reached;
    } catch (Throwable failure) { // an assertion of the check as well as anything else
      throw new AssertionError(
          "simulation failed: %s, next=%s".formatted(schedule, run == null ? null : run.next()),
          failure);
    } finally {
      if (run != null) {
        run.end();
      }
    }
  }

  /** One run: the actors of one world. */
  private static final class Run<W> {
    final Actor victim;
    private final W world;
    private final Simulation<W> simulation;
    private final List<Actor> actors = new ArrayList<>();
    private final List<FakeProcess> processes = new ArrayList<>();

    Run(W world, Simulation<W> simulation) {
      this.world = world;
      this.simulation = simulation;
      this.victim = start(simulation.victim, "victim");
    }

    /** False if it ends before that step. Where it waits for the survivor, that one goes first. */
    boolean stopVictimBefore(long n) {
      State state = victim.run(n - 1, false);
      while (state == State.STALLED && simulation.survivor != null) {
        Actor other = startSurvivor();
        other.run(Actor.UNLIMITED, true);
        state = victim.run(n - 1 - victim.steps(), !other.finished());
      }
      return state == State.PAUSED;
    }

    /** Starts it, or gives the one that was started before. */
    Actor startSurvivor() {
      return actors.size() == 2 ? actors.getLast() : start(simulation.survivor, "survivor");
    }

    private Actor start(@Nullable Part<W> part, String role) {
      if (part == null) {
        throw new IllegalStateException("simulation has no " + role);
      }
      FakeProcess process = part.process().apply(world);
      Actor actor =
          new Actor(
              process,
              simulation.loads,
              () -> {
                part.operation().run(world);
                return null;
              });
      actors.add(actor);
      processes.add(process);
      return actor;
    }

    @Nullable Step next() {
      return victim.next();
    }

    /** Lets all who live run to their ends, in turns; who waits lets the others go first. */
    void finish() {
      for (int turns = 0; actors.stream().anyMatch(actor -> !actor.finished()); turns++) {
        if (turns == TURNS_MAX || (!everyoneRuns(true) && !everyoneRuns(false))) {
          throw new AssertionError("everyone waits for ever: " + processes);
        }
      }
      for (int i = 0; i < actors.size(); i++) {
        if (processes.get(i).alive()) {
          actors.get(i).requireSuccess();
        }
      }
    }

    /** Whether anyone got on. */
    private boolean everyoneRuns(boolean stopWhenStalled) {
      boolean progress = false;
      for (Actor actor : actors) {
        if (!actor.finished()) {
          long before = actor.steps();
          State state = actor.run(Actor.UNLIMITED, stopWhenStalled);
          progress |= state == State.FINISHED || actor.steps() > before;
        }
      }
      return progress;
    }

    /** Leaves no thread behind, whatever happened. */
    void end() {
      actors.forEach(Actor::kill);
      processes.forEach(process -> process.control(null));
    }
  }
}
