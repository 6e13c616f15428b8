package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.SimulatedSpace;
import dev.holdfast.region.Space;
import dev.holdfast.testkit.FakeKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * What Lincheck runs: two participants over a kernel in memory, each with one thread, that try to
 * take one lock in two ways and give it back. What both can have at once is checked while they have
 * it, so also where an attempt may fail although it need not have.
 */
public abstract class LockOperations<L> {
  static final int FIRST = 0;
  static final int SECOND = 1;

  /** As the lock segment of a simulated space allows. */
  private static final LockSizes SIZES = new LockSizes(1, 64, 64);

  private final List<L> locks = new ArrayList<>();
  private final List<Locks.Core> cores = new ArrayList<>();

  /** How much each has: 0 nothing, else what {@link #tryTake} was asked for. */
  private final int[] held = new int[2];

  private volatile String violation = "";

  LockOperations(Function<Locks, L> open) {
    FakeKernel kernel = new FakeKernel();
    for (String name : List.of("first", "second")) {
      Space space = SimulatedSpace.open(kernel.start(name, 0, 0));
      locks.add(open.apply(Locks.of(space, SIZES)));
      cores.add(space.layer(Locks.Core.class, membership -> new Locks.Core(membership, SIZES)));
    }
  }

  /** Takes it in that way without waiting; whether it did. */
  abstract boolean tryTake(int side, int way);

  /** Gives it back. */
  abstract void giveBack(int side, int way);

  /** Whether both may have it in those ways at once. */
  abstract boolean together(int way, int otherWay);

  /** The lock as that participant sees it. */
  final L lock(int side) {
    return locks.get(side);
  }

  // ---- for wrong variants ----------------------------------------------------------------------

  final Words words() {
    return cores.getFirst().segment.words;
  }

  /** Where the lock stands. */
  final long at() {
    return cores.getFirst().segment.lock(0);
  }

  final long cell(int index) {
    return cores.getFirst().segment.cell(index);
  }

  /** A word that says that this side has it. */
  final long identity(int side) {
    return OwnerWord.identity(cores.get(side).membership.me(), side);
  }

  // ---- operations ------------------------------------------------------------------------------

  /** The first participant tries one way. */
  @Operation(nonParallelGroup = "first")
  public boolean takeFirst() {
    return take(FIRST, 1);
  }

  /** The first participant tries the other way. */
  @Operation(nonParallelGroup = "first")
  public boolean takeFirstOtherwise() {
    return take(FIRST, 2);
  }

  /** The first participant gives back what it has. */
  @Operation(nonParallelGroup = "first")
  public boolean releaseFirst() {
    return release(FIRST);
  }

  /** The second participant tries one way. */
  @Operation(nonParallelGroup = "second")
  public boolean takeSecond() {
    return take(SECOND, 1);
  }

  /** The second participant tries the other way. */
  @Operation(nonParallelGroup = "second")
  public boolean takeSecondOtherwise() {
    return take(SECOND, 2);
  }

  /** The second participant gives back what it has. */
  @Operation(nonParallelGroup = "second")
  public boolean releaseSecond() {
    return release(SECOND);
  }

  private boolean take(int side, int way) {
    if (held[side] != 0 || !tryTake(side, way)) {
      return false;
    }
    held[side] = way;
    int other = held[1 - side];
    if (other != 0 && !together(way, other)) {
      violation = "both are inside: ways=%d and %d".formatted(way, other);
    }
    return true;
  }

  private boolean release(int side) {
    int way = held[side];
    if (way == 0) {
      return false;
    }
    held[side] = 0;
    giveBack(side, way);
    return true;
  }

  /** When nothing runs any more: nobody was inside with another, and nothing is left behind. */
  @Validate
  public void nobodyWasInsideWithAnother() {
    if (!violation.isEmpty()) {
      throw new IllegalStateException(violation);
    }
    if (held[FIRST] == 0 && held[SECOND] == 0) {
      requireFree();
    }
  }

  private void requireFree() {
    for (int cell = 0; cell < 64; cell++) {
      if (words().get(cell(cell)) != 0) {
        throw new IllegalStateException("a cell is left: cell=" + cell);
      }
    }
    if (!OwnerWord.isFree(words().get(at()))) {
      throw new IllegalStateException("the word is left: word=%x".formatted(words().get(at())));
    }
  }
}
