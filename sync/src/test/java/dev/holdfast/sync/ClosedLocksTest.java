package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Space;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is done with a lock after its space was closed is refused, by a type of its own. */
@Timeout(120)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // taking and releasing is what is tested
class ClosedLocksTest extends LocksTestBase {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Lock objects of one space. */
  record Kit(
      Locks locks, Mutex mutex, Condition condition, ReadWriteLock readWrite, Semaphore semaphore) {
    static Kit of(Space space) {
      Locks locks = Locks.of(space);
      Mutex mutex = locks.mutexWithUndo("mutex", 64);
      return new Kit(
          locks,
          mutex,
          mutex.newCondition(),
          locks.readWriteLock("rw"),
          locks.semaphore("semaphore", 3));
    }
  }

  /** Something done with what was had before. */
  interface Action<T> {
    void with(T had) throws Exception;
  }

  /** What is done after the close, with what is prepared before it. */
  record Use(String name, Function<Kit, ThrowingCallable> prepare) {
    static Use of(String name, Action<Kit> action) {
      return new Use(name, kit -> () -> action.with(kit));
    }

    static <T> Use owning(String name, Function<Kit, T> take, Action<T> action) {
      return new Use(
          name,
          kit -> {
            T taken = take.apply(kit);
            return () -> action.with(taken);
          });
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource({"askings", "ownings", "reports"})
  void use_afterClose_isRefused(Use use) {
    Space space = space();
    ThrowingCallable late = use.prepare.apply(Kit.of(space));

    space.close();

    assertThatThrownBy(late).isInstanceOf(LocksClosedException.class);
  }

  @ParameterizedTest
  @MethodSource("askings")
  void use_afterCloseByAThreadThatHadALock_isRefused(Use use) {
    Space space = space();
    Kit kit = Kit.of(space);
    kit.mutex.hold().close();
    kit.readWrite.read().close();
    kit.semaphore.hold(1).close();
    ThrowingCallable late = use.prepare.apply(kit);

    space.close();

    assertThatThrownBy(late).isInstanceOf(LocksClosedException.class);
  }

  static Stream<Use> askings() {
    return Stream.of(
            lock("mutex", Kit::mutex),
            lock("readLock", kit -> kit.readWrite.readLock()),
            lock("writeLock", kit -> kit.readWrite.writeLock()),
            Stream.of(
                Use.of("mutex.hold", kit -> kit.mutex.hold()),
                Use.of("mutex.hold(0)", kit -> kit.mutex.hold(Duration.ZERO)),
                Use.of("mutex.hold(time)", kit -> kit.mutex.hold(MINUTE)),
                Use.of("mutex.tryHold", kit -> kit.mutex.tryHold()),
                Use.of("mutex.at", kit -> kit.mutex.at(Priority.HIGH).hold()),
                Use.of("mutex.newCondition", kit -> kit.mutex.newCondition()),
                Use.of("read", kit -> kit.readWrite.read()),
                Use.of("read(0)", kit -> kit.readWrite.read(Duration.ZERO)),
                Use.of("read(time)", kit -> kit.readWrite.read(MINUTE)),
                Use.of("tryRead", kit -> kit.readWrite.tryRead()),
                Use.of("update", kit -> kit.readWrite.update()),
                Use.of("update(time)", kit -> kit.readWrite.update(MINUTE)),
                Use.of("write", kit -> kit.readWrite.write()),
                Use.of("write(0)", kit -> kit.readWrite.write(Duration.ZERO)),
                Use.of("semaphore.hold", kit -> kit.semaphore.hold(1)),
                Use.of("semaphore.hold(0)", kit -> kit.semaphore.hold(1, Duration.ZERO)),
                Use.of("semaphore.hold(time)", kit -> kit.semaphore.hold(1, MINUTE)),
                Use.of("holdInterruptibly", kit -> kit.semaphore.holdInterruptibly(1, MINUTE)),
                Use.of("semaphore.tryHold", kit -> kit.semaphore.tryHold(1)),
                Use.of("semaphore.available", kit -> kit.semaphore.available()),
                Use.of("locks.mutex", kit -> kit.locks.mutex("mutex")),
                Use.of("locks.readWriteLock", kit -> kit.locks.readWriteLock("new")),
                Use.of("locks.semaphore", kit -> kit.locks.semaphore("new", 1)),
                Use.of("locks.placed", kit -> kit.locks.placed("data")),
                Use.of("transaction", kit -> kit.locks.transaction(TransactionPolicy.WAIT_DIE))))
        .flatMap(uses -> uses);
  }

  private static Stream<Use> lock(String name, Function<Kit, Lock> lock) {
    return Stream.of(
        Use.of(name + ".lock", kit -> lock.apply(kit).lock()),
        Use.of(name + ".lockInterruptibly", kit -> lock.apply(kit).lockInterruptibly()),
        Use.of(name + ".tryLock", kit -> lock.apply(kit).tryLock()),
        Use.of(name + ".tryLock(0)", kit -> lock.apply(kit).tryLock(0, TimeUnit.SECONDS)),
        Use.of(name + ".tryLock(time)", kit -> lock.apply(kit).tryLock(1, TimeUnit.MINUTES)));
  }

  static Stream<Use> ownings() {
    return Stream.of(
            hold("mutex", kit -> kit.mutex.hold()),
            hold("write", kit -> kit.readWrite.write()),
            hold("update", kit -> kit.readWrite.update()),
            condition(),
            transaction(),
            Stream.of(
                Use.owning("downgrade", kit -> kit.readWrite.write(), WriteHold::downgrade),
                Use.owning(
                    "downgradeToRead", kit -> kit.readWrite.write(), WriteHold::downgradeToRead),
                Use.owning("upgrade", kit -> kit.readWrite.update(), WriteHold::upgrade),
                Use.owning("undo", kit -> kit.mutex.hold(), held -> held.undo().save(new byte[8])),
                Use.owning("read.close", kit -> kit.readWrite.read(), ReadHold::close),
                Use.owning("permits.close", kit -> kit.semaphore.hold(2), Semaphore.Permits::close),
                Use.owning("mutex.unlock", kit -> locked(kit.mutex), Lock::unlock),
                Use.owning(
                    "readLock.unlock", kit -> locked(kit.readWrite.readLock()), Lock::unlock),
                Use.owning(
                    "writeLock.unlock", kit -> locked(kit.readWrite.writeLock()), Lock::unlock)))
        .flatMap(uses -> uses);
  }

  private static Lock locked(Lock lock) {
    lock.lock();
    return lock;
  }

  private static Stream<Use> hold(String name, Function<Kit, Hold> take) {
    return Stream.of(
        Use.owning(name + ".close", take, Hold::close),
        Use.owning(name + ".abandon", take, Hold::abandon),
        Use.owning(name + ".ownerDied", take, Hold::ownerDied),
        Use.owning(name + ".markConsistent", take, Hold::markConsistent),
        Use.owning(name + ".checkpoint", take, Hold::checkpoint));
  }

  private static Stream<Use> condition() {
    Function<Kit, Condition> take =
        kit -> {
          kit.mutex.lock();
          return kit.condition;
        };
    return Stream.of(
        Use.owning("await", take, Condition::await),
        Use.owning("await(time)", take, condition -> condition.await(1, TimeUnit.MINUTES)),
        Use.owning("awaitUninterruptibly", take, Condition::awaitUninterruptibly),
        Use.owning("signal", take, Condition::signal),
        Use.owning("signalAll", take, Condition::signalAll));
  }

  private static Stream<Use> transaction() {
    Function<Kit, LockTransaction> take =
        kit -> {
          LockTransaction tx = kit.locks.transaction(TransactionPolicy.WOUND_WAIT);
          var _ = tx.lock(kit.mutex);
          return tx;
        };
    return Stream.of(
        Use.owning("tx.restart", take, LockTransaction::restart),
        Use.owning("tx.close", take, LockTransaction::close));
  }

  static Stream<Use> reports() {
    return Stream.of(
        Use.of("find", kit -> kit.locks.find("mutex")),
        Use.of("list", kit -> kit.locks.list()),
        Use.of("placedInUse", kit -> kit.locks.placedInUse()),
        Use.of("users", kit -> kit.locks.users()),
        Use.of("deadlocks", kit -> kit.locks.deadlocks()),
        Use.of("reset", kit -> kit.locks.reset("mutex")),
        Use.of("delegation", kit -> kit.locks.delegation()),
        Use.of("actFor", kit -> kit.locks.actFor("1")),
        Use.of("boostOwners", kit -> kit.locks.boostOwners()));
  }

  @Test
  void close_byTheOwner_leavesItToTheNext() {
    Locks next = locks();
    Space closing = space();
    Hold held = Locks.of(closing).mutex("mutex").hold();

    closing.close();

    assertThatThrownBy(held::close).isInstanceOf(LocksClosedException.class);
    try (Hold left = next.mutex("mutex").hold()) {
      assertThat(left.ownerDied()).isTrue();
      left.markConsistent();
    }
  }
}
