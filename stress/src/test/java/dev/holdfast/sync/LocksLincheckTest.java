package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.holdfast.testkit.HeapWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every interleaving that Lincheck tries of two participants that try to take a lock. A mutex must
 * look like one operation after the other. An attempt at the others may fail because of another
 * attempt that fails as well: of them it is checked who is inside with whom. Wrong variants must be
 * found, or finding nothing would prove nothing. The suite's short form leaves the costly half to
 * {@code -Dholdfast.long=true}.
 */
class LocksLincheckTest {
  private static final int LOOP_MAX = 400;
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");

  // ---- as they are -------------------------------------------------------------------------

  /** A mutex; both ways are the same. */
  public static class OfMutex extends LockOperations<Mutex> {
    /** A free one. */
    public OfMutex() {
      super(locks -> locks.mutex("m"));
    }

    @Override
    boolean tryTake(int side, int way) {
      return lock(side).tryLock();
    }

    @Override
    void giveBack(int side, int way) {
      lock(side).unlock();
    }

    @Override
    final boolean together(int way, int otherWay) {
      return false;
    }
  }

  /** A read-write lock: one way reads, the other writes. */
  public static class OfReadWriteLock extends LockOperations<ReadWriteLock> {
    static final int READS = 1;
    private final AutoCloseable[] holds = new AutoCloseable[2];

    /** A free one. */
    public OfReadWriteLock() {
      super(locks -> locks.readWriteLock("rw"));
    }

    @Override
    boolean tryTake(int side, int way) {
      try {
        ReadWriteLock lock = lock(side);
        holds[side] = way == READS ? lock.read(Duration.ZERO) : lock.write(Duration.ZERO);
        return true;
      } catch (LockTimeoutException late) {
        return false;
      }
    }

    @Override
    void giveBack(int side, int way) {
      try {
        holds[side].close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    @Override
    final boolean together(int way, int otherWay) {
      return way == READS && otherWay == READS;
    }
  }

  /** A semaphore of two permits: the ways are how many. */
  public static class OfSemaphore extends LockOperations<Semaphore> {
    static final int PERMITS = 2;
    private final Semaphore.Permits[] holds = new Semaphore.Permits[2];

    /** A free one. */
    public OfSemaphore() {
      super(locks -> locks.semaphore("s", PERMITS));
    }

    @Override
    boolean tryTake(int side, int way) {
      return lock(side).tryHold(way).map(got -> holds[side] = got).isPresent();
    }

    @Override
    void giveBack(int side, int way) {
      holds[side].close();
    }

    @Override
    final boolean together(int way, int otherWay) {
      return way + otherWay <= PERMITS;
    }
  }

  /** What {@link OfMutex} must look like from outside. */
  public static final class MutexSpecification {
    private int owner = -1;

    /** As the first. */
    public boolean takeFirst() {
      return take(0);
    }

    /** The same. */
    public boolean takeFirstOtherwise() {
      return take(0);
    }

    /** As the second. */
    public boolean takeSecond() {
      return take(1);
    }

    /** The same. */
    public boolean takeSecondOtherwise() {
      return take(1);
    }

    /** As the first. */
    public boolean releaseFirst() {
      return release(0);
    }

    /** As the second. */
    public boolean releaseSecond() {
      return release(1);
    }

    private boolean take(int side) {
      if (owner >= 0) {
        return false;
      }
      owner = side;
      return true;
    }

    private boolean release(int side) {
      if (owner != side) {
        return false;
      }
      owner = -1;
      return true;
    }
  }

  @Test
  void mutex_everyInterleavingTried_isLinearizable() {
    bounded(modelChecking(), 1, 20)
        .sequentialSpecification(MutexSpecification.class)
        .check(OfMutex.class);
  }

  static List<Class<?>> locksWhoseTriesMayFail() {
    return LONG
        ? List.of(OfReadWriteLock.class, OfSemaphore.class)
        : List.of(OfReadWriteLock.class);
  }

  @ParameterizedTest
  @MethodSource("locksWhoseTriesMayFail")
  void lock_everyInterleavingTried_letsNobodyInBesideAnother(Class<?> lock) {
    bounded(modelChecking(), 1, 20).verifier(EpsilonVerifier.class).check(lock);
  }

  // ---- as they must not be -----------------------------------------------------------------

  /** Wrong: looks whether the word is free, then writes it. */
  public static final class LookThenWrite extends OfMutex {
    @Override
    boolean tryTake(int side, int way) {
      if (words().get(at()) != 0) {
        return false;
      }
      words().set(at(), identity(side));
      return true;
    }

    @Override
    void giveBack(int side, int way) {
      words().set(at(), 0);
    }
  }

  /** Wrong: a reader that has set its cell does not look at the word again. */
  public static final class ReaderLooksOnce extends OfReadWriteLock {
    @Override
    boolean tryTake(int side, int way) {
      return way == READS ? tryRead(side) : tryWrite(side);
    }

    private boolean tryRead(int side) {
      if (OwnerWord.keepsReadersOut(words().get(at()))) {
        return false;
      }
      words().set(cell(side), OwnerWord.participant(identity(side)));
      return true;
    }

    private boolean tryWrite(int side) {
      if (!words().compareAndSet(at(), 0, identity(side) | OwnerWord.EXCLUSIVE)) {
        return false;
      }
      boolean alone = words().get(cell(1 - side)) == 0;
      if (!alone) {
        words().set(at(), 0);
      }
      return alone;
    }

    @Override
    void giveBack(int side, int way) {
      words().set(way == READS ? cell(side) : at(), 0);
    }
  }

  /** Wrong: counts what is free, then takes as many. */
  public static final class CountThenTake extends OfSemaphore {
    @Override
    boolean tryTake(int side, int way) {
      List<Integer> free = new ArrayList<>();
      for (int i = 0; i < PERMITS; i++) {
        if (words().get(cell(i)) == 0) {
          free.add(i);
        }
      }
      if (free.size() < way) {
        return false;
      }
      free.stream().limit(way).forEach(i -> words().set(cell(i), identity(side)));
      return true;
    }

    @Override
    void giveBack(int side, int way) {
      for (int i = 0; i < PERMITS; i++) {
        words().compareAndSet(cell(i), identity(side), 0);
      }
    }
  }

  static List<Class<?>> wrongVariants() {
    return LONG
        ? List.of(LookThenWrite.class, ReaderLooksOnce.class, CountThenTake.class)
        : List.of(LookThenWrite.class);
  }

  @ParameterizedTest
  @MethodSource("wrongVariants")
  void lock_wrongVariant_isFound(Class<?> wrong) {
    ModelCheckingOptions options =
        modelChecking()
            .verifier(EpsilonVerifier.class)
            .threads(2)
            .actorsBefore(0)
            .actorsPerThread(1)
            .actorsAfter(0)
            .iterations(40)
            .invocationsPerIteration(60)
            .minimizeFailedScenario(false);

    assertThatThrownBy(() -> options.check(wrong))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("both are inside");
  }

  /**
   * Threads change places at every access to a shared word; not inside a call of the simulated
   * kernel or a copy of bytes.
   */
  private static ModelCheckingOptions modelChecking() {
    return new ModelCheckingOptions()
        .loopBound(LOOP_MAX)
        .addGuarantee(forClasses("dev.holdfast.testkit.FakePlatform").allMethods().ignore())
        .addGuarantee(
            forClasses(HeapWords.class.getName()).methods("getBytes", "setBytes").ignore());
  }

  private static ModelCheckingOptions bounded(
      ModelCheckingOptions options, int scenarios, int invocations) {
    return options
        .threads(2)
        .minimizeFailedScenario(false)
        .actorsBefore(0)
        .actorsPerThread(LONG ? 4 : 3)
        .actorsAfter(0)
        .iterations(scenarios * (LONG ? 30 : 1))
        .invocationsPerIteration(invocations * (LONG ? 20 : 1));
  }
}
