package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Capabilities;
import dev.holdfast.platform.Capabilities.Capability;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.SystemCallException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The operating system's priority of owners, on a platform that notes what it is asked for. */
@Timeout(120)
@SuppressWarnings("LockNotBeforeTry") // who waits there never gets it
class BoostTest extends LocksTestBase {
  private final List<Integer> asked = new CopyOnWriteArrayList<>();
  private final Platform noting =
      (Platform)
          Proxy.newProxyInstance(
              Platform.class.getClassLoader(),
              new Class<?>[] {Platform.class},
              (_, method, arguments) -> call(method, arguments));
  private boolean permitted = true;
  private int refusal;
  private int nice = 3;

  private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
    switch (method.getName()) {
      case "capabilities" -> {
        return new Capabilities(
            "noting", List.of(new Capability("thread-priority", permitted, "set", "nothing")));
      }
      case "niceOf" -> {
        return nice;
      }
      case "setNice" -> {
        return setNice(arguments == null ? 0 : (int) arguments[1]);
      }
      default -> {
        try {
          return method.invoke(Platform.current(), arguments);
        } catch (InvocationTargetException e) {
          throw e.getCause();
        }
      }
    }
  }

  private @Nullable Object setNice(int wanted) {
    asked.add(wanted);
    if (refusal != 0) {
      throw new SystemCallException("setpriority", refusal, "nice=" + wanted);
    }
    nice = wanted;
    return null;
  }

  private Boost boost(Locks locks) {
    Locks.Core core = locks.core();
    return new Boost(core.contexts, core.engine.urgency(), noting);
  }

  /** Another participant that waits until the lock is free. */
  private Future<Boolean> waits(String name, Priority priority) {
    Locks other = locks();
    Future<Boolean> waits =
        start(() -> {
          try (Hold held = other.mutex(name).at(priority).hold()) {
            return held.token() > 0;
          }
        });
    awaitWaiters(other, name, 1);
    return waits;
  }

  @Test
  void look_highWaits_ownerIsRaisedUntilItReleases() {
    Locks locks = locks();
    Boost boost = boost(locks);
    assertThat(boost.switchOn()).isTrue();
    Hold held = locks.mutex("m").hold();
    Context me = locks.core().contexts.current();
    Future<Boolean> waiter = waits("m", Priority.HIGH);

    boost.look();
    boost.look();
    boost.released(me); // of another lock: it still has this one

    assertThat(asked).containsExactly(-2);
    held.close();
    boost.released(me);
    assertThat(asked).containsExactly(-2, 3);
    assertThat(get(waiter)).isTrue();
    boost.look();
    assertThat(asked).hasSize(2);
  }

  @Test
  void look_nobodyUrgentOrOff_nothingIsAsked() {
    Locks locks = locks();
    Boost boost = boost(locks);
    Hold other = locks.mutex("other").hold();
    Future<Boolean> high = waits("other", Priority.CRITICAL);
    boost.look(); // off
    other.close();
    assertThat(get(high)).isTrue();
    boost.switchOn();
    Hold held = locks.mutex("m").hold();
    Future<Boolean> normal = waits("m", Priority.NORMAL);

    boost.look();

    held.close();
    assertThat(get(normal)).isTrue();
    assertThat(asked).isEmpty();
  }

  @Test
  void look_moreUrgentOneComesAndBothGiveUp_followsThem() {
    Locks locks = locks();
    Boost boost = boost(locks);
    boost.switchOn();
    try (Hold held = locks.mutex("m").hold()) {
      Future<?> high = waitsUntilCancelled("m", Priority.HIGH, 1);
      boost.look();
      Future<?> critical = waitsUntilCancelled("m", Priority.CRITICAL, 2);
      boost.look();
      critical.cancel(true);
      awaitExactly(locks, 1);
      boost.look();
      high.cancel(true);
      awaitExactly(locks, 0);

      boost.look();

      assertThat(asked).containsExactly(-2, -7, -2, 3);
      assertThat(held.token()).isEqualTo(1);
    }
  }

  private Future<?> waitsUntilCancelled(String name, Priority priority, int waiters) {
    Locks other = locks();
    Future<?> waits =
        start(() -> {
          other.mutex(name).at(priority).lockInterruptibly();
          return true;
        });
    awaitWaiters(other, name, waiters);
    return waits;
  }

  private static void awaitExactly(Locks locks, int waiters) {
    await(() -> locks.list().getFirst().waiters().size() == waiters);
  }

  @Test
  void look_refused_theLockIsNoneTheWorse() {
    Locks locks = locks();
    Boost boost = boost(locks);
    boost.switchOn();
    Hold held = locks.mutex("m").hold();
    Future<Boolean> waiter = waits("m", Priority.HIGH);
    refusal = Errno.EACCES;
    boost.look();
    refusal = 0;
    boost.look();
    refusal = Errno.ESRCH; // as of a thread that ended

    boost.switchOff();

    held.close();
    assertThat(get(waiter)).isTrue();
    assertThat(asked).containsExactly(-2, -2, 3);
  }

  @Test
  void switchOff_somebodyIsRaised_isPutBack() {
    Locks locks = locks();
    Boost boost = boost(locks);
    boost.switchOn();
    Future<Boolean> waiter;
    try (Hold held = locks.mutex("m").hold()) {
      waiter = waits("m", Priority.HIGH);
      boost.look();

      boost.switchOff();

      assertThat(asked).containsExactly(-2, 3);
      assertThat(held.token()).isEqualTo(1);
    }
    assertThat(get(waiter)).isTrue();
  }

  @Test
  void switchOn_notPermitted_staysOff() {
    permitted = false;
    Locks locks = locks();
    Boost boost = boost(locks);

    assertThat(boost.switchOn()).isFalse();

    Future<Boolean> waiter;
    try (Hold held = locks.mutex("m").hold()) {
      waiter = waits("m", Priority.HIGH);
      boost.look();
      assertThat(held.token()).isEqualTo(1);
    }
    assertThat(get(waiter)).isTrue();
    assertThat(asked).isEmpty();
  }

  @Test
  void look_ownerIsAVirtualThread_isLeftAlone() throws InterruptedException {
    Locks locks = locks();
    Boost boost = boost(locks);
    boost.switchOn();
    CountDownLatch owned = new CountDownLatch(1);
    CountDownLatch looked = new CountDownLatch(1);
    Thread owner =
        Thread.ofVirtual()
            .start(() -> {
              try (Hold held = locks.mutex("m").hold()) {
                owned.countDown();
                awaitLatch(looked);
                assertThat(held.token()).isEqualTo(1);
              }
            });
    awaitLatch(owned);
    Future<Boolean> waiter = waits("m", Priority.CRITICAL);

    boost.look();

    assertThat(asked).isEmpty();
    looked.countDown();
    owner.join();
    assertThat(get(waiter)).isTrue();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void boostOwners_onThisMachine_doesWhatItSays() {
    Platform platform = Platform.current();
    Locks locks = locks();
    boolean works = locks.boostOwners();
    assertThat(works).isEqualTo(platform.capabilities().has("thread-priority"));
    Future<Integer> change =
        start(() -> {
          long me = platform.currentThread();
          int before = platform.niceOf(me);
          Future<Boolean> waiter;
          int inside;
          try (WriteHold held = locks.readWriteLock("rw").write()) {
            waiter = reads("rw");
            if (works) {
              await(() -> platform.niceOf(me) != before);
            }
            inside = platform.niceOf(me);
            assertThat(held.isExclusive()).isTrue();
          }
          assertThat(get(waiter)).isTrue();
          assertThat(platform.niceOf(me)).isEqualTo(before);
          return inside - before;
        });
    assertThat(get(change)).isEqualTo(works ? -10 : 0);
  }

  private Future<Boolean> reads(String name) {
    Locks other = locks();
    Future<Boolean> reads =
        start(() -> {
          try (ReadHold _ = other.readWriteLock(name).at(Priority.CRITICAL).read()) {
            return true;
          }
        });
    awaitWaiters(other, name, 1);
    return reads;
  }
}
