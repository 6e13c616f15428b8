package dev.holdfast.stress.locks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.region.SpaceEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Eight processes, JVMs and Python's in turn, that want each other's locks, or only seem to. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockRingTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final int PARTIES = 8;
  private static final int ROUNDS = LONG ? 50 : 1;
  private static final int OPERATIONS = 20_000;
  private static final int LOCKS = 5;

  /** The longest sleep of a waiter: then it looks whether the owner lives. */
  private static final long SLEEP_CAP_MILLIS = 550;

  private static final long PATIENCE_MILLIS = 2 * SLEEP_CAP_MILLIS;
  private static final long STOPPED_MILLIS = LONG ? 180_000 : PATIENCE_MILLIS;

  private final long seed = Long.getLong("holdfast.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<ProcessParty> parties = new ArrayList<>();
  private LockWorld world;
  private int rings;

  @BeforeAll
  void open(@TempDir Path root) {
    System.out.println("LockRingTest: holdfast.seed=" + seed);
    world = new LockWorld(root);
    for (int i = 0; i < PARTIES; i++) {
      parties.add(i % 2 == 0 ? world.java() : world.python());
    }
  }

  @AfterAll
  void close() {
    world.close();
  }

  // ---- real deadlocks ----------------------------------------------------------------------

  /** The member of low priority is the victim, whatever its language: 2 is a JVM, 5 is Python. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void ring_ofEightProcesses_hasOneVictimAndSevenFinish(int low) {
    String ring = "ring%d-".formatted(rings++);
    long broken = world.deadlocksBroken();
    for (int i = 0; i < PARTIES; i++) {
      assertThat(parties.get(i).ask("mutex %s%d -1".formatted(ring, i))).startsWith("got ");
    }

    List<CompletableFuture<String>> told =
        IntStream.range(0, PARTIES)
            .mapToObj(i ->
                parties
                    .get(i)
                    .tell(
                        "mutex %s%d -1 %s"
                            .formatted(ring, (i + 1) % PARTIES, i == low ? "low" : "normal")))
            .toList();

    assertThat(Party.answer(told.get(low))).isEqualTo("deadlock");
    assertThat(told).filteredOn(CompletableFuture::isDone).hasSize(1);
    release(low);
    for (int i = 1; i < PARTIES; i++) {
      int next = Math.floorMod(low - i, PARTIES); // each waits for the one before
      assertThat(Party.answer(told.get(next))).startsWith("got ").endsWith(" false");
      release(next);
      release(next);
    }
    assertThat(world.deadlocksBroken()).isEqualTo(broken + 1);
    assertThat(world.victims()).isEqualTo(broken + 1);
    assertThat(world.space().events())
        .filteredOn(event -> event.kind() == SpaceEvent.Kind.DEADLOCK_BROKEN)
        .filteredOn(event -> event.text().startsWith(ring))
        .hasSize(1);
  }

  // ---- none --------------------------------------------------------------------------------

  /** In the order of their numbers nobody can wait for himself, however crowded it is. */
  @Test
  void contention_inOrder_isNeverTakenForADeadlock() {
    long broken = world.deadlocksBroken();
    long victims = world.victims();

    for (int round = 0; round < ROUNDS; round++) {
      List<CompletableFuture<String>> told =
          IntStream.range(0, PARTIES).mapToObj(this::crowd).toList();
      while (!told.stream().allMatch(CompletableFuture::isDone)) {
        assertThat(world.locks.deadlocks()).as("seed %d", seed).isEmpty(); // looks as waiters do
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(told).as("seed %d", seed).map(Party::answer).containsOnly("done");
    }

    assertThat(world.deadlocksBroken()).isEqualTo(broken);
    assertThat(world.victims()).isEqualTo(victims);
    assertThat(
            world.locks.list().stream()
                .filter(lock -> lock.name().startsWith("crowd-"))
                .mapToLong(lock -> lock.statistics().acquisitions())
                .sum())
        .isGreaterThanOrEqualTo((long) ROUNDS * OPERATIONS);
  }

  /** One party's share: a Python process is slower. */
  private CompletableFuture<String> crowd(int party) {
    int times = party % 2 == 0 ? OPERATIONS * 9 / 40 : OPERATIONS / 40;
    return parties
        .get(party)
        .tell("ordered crowd- %d %d %d".formatted(LOCKS, times, random.nextInt(1 << 30)));
  }

  // ---- stopped is not dead -----------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void owner_stopped_keepsItsLockWhileOthersGoOn(int stopped) {
    String lock = "stopped-" + stopped;
    int waiter = 2 + stopped;
    int other = 4 + stopped;
    ProcessParty owner = parties.get(stopped);
    assertThat(owner.ask("mutex %s -1".formatted(lock))).startsWith("got ");

    owner.process().stop();
    try {
      CompletableFuture<String> waiting = parties.get(waiter).tell("mutex %s -1".formatted(lock));
      for (long waited = 0; waited < STOPPED_MILLIS; waited += PATIENCE_MILLIS) {
        assertThat(parties.get(other).ask("mutex %s %d".formatted(lock, PATIENCE_MILLIS)))
            .startsWith("timeout ");
      }
      assertThat(waiting).isNotDone();
      world.space().sweep();
      assertThat(parties.get(other).ask("count elsewhere-%d 0 100".formatted(stopped)))
          .isEqualTo("done");
      assertThat(waiting).isNotDone();

      owner.process().resume();
      release(stopped);
      assertThat(Party.answer(waiting)).startsWith("got ").endsWith(" false");
      release(waiter);
    } finally {
      owner.process().resume();
    }
  }

  /** Its process id says nothing here: alive it keeps the lock, dead it is inherited from. */
  @Test
  void owner_inAnotherPidNamespace_keepsItsLockUntilItIsDead() {
    assumeTrue(ProcessParty.mayUnshare(), "NOT RUN: unshare -p is not permitted here");
    ProcessParty owner = world.pythonInPidNamespace();
    assertThat(owner.ask("mutex contained -1")).startsWith("got ");

    assertThat(parties.get(0).ask("mutex contained " + PATIENCE_MILLIS)).startsWith("timeout ");
    world.space().sweep();
    assertThat(parties.get(1).ask("mutex contained 0")).startsWith("timeout ");
    owner.kill(); // the namespace's first process goes with it

    assertThat(parties.get(0).ask("mutex contained -1")).startsWith("got ").endsWith(" true");
    assertThat(parties.get(0).ask("consistent")).isEqualTo("ok");
    release(0);
  }

  private void release(int party) {
    assertThat(parties.get(party).ask("release")).isEqualTo("ok");
  }
}
