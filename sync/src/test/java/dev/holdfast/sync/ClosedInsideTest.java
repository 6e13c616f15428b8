package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Space;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An owner whose space is closed under it. */
@Timeout(120)
class ClosedInsideTest extends LocksTestBase {
  private static Stream<Arguments> taken() {
    return Stream.<Function<Locks, AutoCloseable>>of(
            locks -> locks.mutex("a").hold(),
            locks -> locks.readWriteLock("b").write(),
            locks -> locks.readWriteLock("c").update(),
            locks -> locks.readWriteLock("d").read(),
            locks -> locks.semaphore("e", 2).hold(2))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("taken")
  void release_afterClose_isRefusedAndTouchesNothingOfOthers(Function<Locks, AutoCloseable> take)
      throws Exception {
    Locks others = locks();
    Space space = space();
    AutoCloseable held = take.apply(Locks.of(space));
    space.close();
    try (AutoCloseable taken = take.apply(others)) {
      assertThatThrownBy(held::close)
          .isInstanceOf(LocksClosedException.class)
          .hasMessageContaining("inside");
      assertThat(others.users()).hasSize(1);
      if (taken instanceof Hold hold) {
        hold.markConsistent(); // it is told of the one before, and owns it
      }
    }
    assertThat(others.users()).isEmpty();
  }

  @Test
  void release_whileAnotherTookOverFromTheClosed_leavesItToThem() {
    Space closing = space();
    Locks others = locks();
    Mutex mutex = Locks.of(closing).mutex("m");
    mutex.lock();
    closing.close();
    try (Hold next = others.mutex("m").hold()) {
      assertThat(next.ownerDied()).isTrue();
      assertThatThrownBy(mutex::unlock).isInstanceOf(LocksClosedException.class);
      next.markConsistent();
    }
    others.mutex("m").hold().close(); // it was not made unrecoverable
  }
}
