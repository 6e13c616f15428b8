package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockInfo;
import dev.holdfast.sync.Locks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four processes in two languages fight for fifty locks and are killed with SIGKILL at random
 * moments. Nobody may be inside with anybody else, nobody may find half a change without having
 * been told, and in the end every lock can be had.
 */
class LockStormTest {
  private static final int KILLS = Boolean.getBoolean("holdfast.long") ? 2_000 : 30;
  private static final Duration PAUSE_MAX = Duration.ofMillis(60);

  private final Storm storm = Storm.of(LockStormChild.class, "lock_storm_child.py");

  @TempDir Path root;

  @Test
  @Timeout(value = 60, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void kill_ownersAndWaitersInTwoLanguages_everyLockCanBeHad() throws Exception {
    String name = "lockstorm-" + ProcessHandle.current().pid();
    String ours;
    try (Space space = Space.open(SpaceSpec.named(name).under(root));
        Region region =
            space.create(
                RegionSpec.named("data").bytes(LockStormChild.LOCKS * LockStormChild.CELL))) {
      ours = region.info().osName().replaceFirst("-r[0-9a-f]+$", "-");
      Locks locks = Locks.of(space);
      storm.rage(root, name, KILLS, PAUSE_MAX, () -> {});
      space.sweep();
      assertThat(space.participants()).hasSize(1);
      assertEverythingFreeOrToldOf(locks, Platform.current().words(region.segment()));
    }
    assertThat(Platform.current().listShared(ours)).isEmpty();
  }

  private void assertEverythingFreeOrToldOf(Locks locks, Words data) {
    assertThat(locks.list())
        .as(storm.seed())
        .allMatch(lock -> lock.owners().isEmpty() && lock.waiters().isEmpty())
        .allMatch(lock -> lock.state() != LockInfo.State.OWNED)
        .noneMatch(lock -> lock.state() == LockInfo.State.NOT_RECOVERABLE);
    for (LockInfo lock : locks.list()) {
      int number = Integer.parseInt(lock.name().substring("lock-".length()));
      switch (lock.kind()) {
        case MUTEX -> check(locks.mutex(lock.name()).hold(), data, number);
        case READ_WRITE_LOCK -> check(locks.readWriteLock(lock.name()).write(), data, number);
        default ->
            locks
                .semaphore(lock.name(), LockStormChild.PERMITS)
                .hold(LockStormChild.PERMITS)
                .close();
      }
    }
  }

  private void check(Hold held, Words data, int lock) {
    long at = lock * LockStormChild.CELL;
    try (held) {
      if (held.ownerDied()) {
        held.markConsistent();
      } else {
        assertThat(data.get(at)).as("%s, lock %d", storm.seed(), lock).isZero();
        assertThat(data.get(at + 8))
            .as("%s, lock %d", storm.seed(), lock)
            .isEqualTo(data.get(at + 16));
      }
    }
  }
}
