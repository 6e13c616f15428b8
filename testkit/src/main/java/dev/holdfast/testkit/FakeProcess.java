package dev.holdfast.testkit;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.ProcessIdentity;
import dev.holdfast.platform.Words;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process of a {@link FakeKernel}: a platform of its own, and an end of its own.
 *
 * <p>After {@link #kill} its descriptors are closed, its locks dropped, and every platform call and
 * access to its words throws {@link Killed}. Plain access to a mapped segment is not seen by the
 * simulation: take words from {@link Platform#words}.
 */
public final class FakeProcess {
  final FakeKernel kernel;
  final Map<Integer, FakeOpenFile> descriptors = new LinkedHashMap<>();
  final Map<Integer, String> names = new LinkedHashMap<>();

  private final String name;
  private final ProcessIdentity identity;
  private final Platform platform;
  private volatile boolean killed;
  private volatile @Nullable StepControl control;

  FakeProcess(FakeKernel kernel, String name, ProcessIdentity identity) {
    this.kernel = kernel;
    this.name = name;
    this.identity = identity;
    this.platform = new FakePlatform(this);
  }

  /** Its name, for messages. */
  public String name() {
    return name;
  }

  /** Who it is. */
  public ProcessIdentity identity() {
    return identity;
  }

  /** Its view of the operating system. */
  public Platform platform() {
    return platform;
  }

  /** Words of one of its mappings, each store of which is a step. */
  SteppingWords words(MemorySegment mapping) {
    return new SteppingWords(this, Words.over(mapping));
  }

  /** Whether it was not killed. */
  public boolean alive() {
    return !killed;
  }

  /** Ends it like SIGKILL: nothing of its own runs any more; killing it again changes nothing. */
  public void kill() {
    synchronized (kernel) {
      if (!killed) {
        killed = true;
        descriptors.values().forEach(kernel::closed);
        descriptors.clear();
        kernel.notifyAll();
      }
    }
  }

  /**
   * For an operation of a {@link Simulation}: lets the others run until they wait, for example for
   * something that this one has. Returns at once where nobody steps it.
   */
  public void letOthersRun() {
    var _ = blocked();
  }

  @Override
  public String toString() {
    return name + " (" + (killed ? "killed" : "pid " + identity.pid()) + ")";
  }

  void control(@Nullable StepControl control) {
    this.control = control;
  }

  void requireAlive() {
    if (killed) {
      throw new Killed(name);
    }
  }

  /** Called before each step; may pause, and does not return to a killed process. */
  void step(Step.Kind kind, String what) {
    requireAlive();
    StepControl current = control;
    if (current != null) {
      current.before(new Step(kind, what));
      requireAlive();
    }
  }

  /** Called whenever it looks at the clock or could wait: it may be waiting for another process. */
  void idle() {
    requireAlive();
    StepControl current = control;
    if (current != null) {
      current.idle();
      requireAlive();
    }
  }

  /** Called before each sleep that ends by itself: it may be waiting for another process. */
  void asleep() {
    requireAlive();
    StepControl current = control;
    if (current != null) {
      current.asleep();
      requireAlive();
    }
  }

  /** Lets others run while it is blocked; false if nobody steps it, so that it must really wait. */
  boolean blocked() {
    StepControl current = control;
    boolean stepped = current != null && current.blocked();
    requireAlive();
    return stepped;
  }
}
