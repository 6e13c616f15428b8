package dev.holdfast.stress.locks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.sync.LockInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every kind of party may rely on: four of them share the locks of one space. The parties stay
 * from test to test, for processes are slow to start; one that was killed is replaced.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class LockContract {
  private static final int PARTIES = 4;
  private static final int TIMES = Boolean.getBoolean("holdfast.long") ? 10_000 : 300;
  private static final int FEW_TIMES = TIMES / 3;
  private static final long PATIENCE_MILLIS = 30;
  private static final String FOR_EVER = "-1";

  private final long seed = Long.getLong("holdfast.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Party[] parties = new Party[PARTIES];
  private LockWorld world;
  private boolean whole = true;
  private int names;
  private int words;

  /** A new party; {@code index} 0 to 3 for those who want to mix kinds. */
  abstract Party start(LockWorld in, int index);

  @BeforeAll
  void open(@TempDir Path root) {
    System.out.println(getClass().getSimpleName() + ": holdfast.seed=" + seed);
    world = new LockWorld(root);
    Arrays.setAll(parties, index -> start(world, index));
  }

  @AfterAll
  void close() {
    world.close();
  }

  /** A test that failed may leave parties that own things or wait: all of them are replaced. */
  @BeforeEach
  void begin() {
    if (!whole) {
      IntStream.range(0, PARTIES).forEach(this::replace);
    }
    whole = false;
  }

  private void replace(int index) {
    parties[index].kill();
    parties[index] = start(world, index);
  }

  /** To be said at the end of a test: nobody owns anything, and everybody lives. */
  private void end() {
    whole = true;
  }

  private String name(String kind) {
    return kind + "-" + names++;
  }

  /** Where two words stand that no test used before. */
  private int unusedWords() {
    words += 2;
    return (words - 2) * Long.BYTES;
  }

  // ---- counters ----------------------------------------------------------------------------

  @Test
  void mutex_counterInARegion_isExact() {
    String mutex = name("m");
    int at = unusedWords();

    List<String> answers = all(_ -> "count %s %d %d".formatted(mutex, at, TIMES));

    assertThat(answers).containsOnly("done");
    assertThat(world.data.get(at)).isEqualTo((long) PARTIES * TIMES);
    assertThat(info(mutex).token()).isEqualTo((long) PARTIES * TIMES);
    end();
  }

  @Test
  void readWriteLock_twoWords_areNeverSeenHalfChanged() {
    String lock = name("rw");
    int at = unusedWords();

    List<String> answers =
        all(_ -> "pairs %s %d %d %d".formatted(lock, at, FEW_TIMES, random.nextInt(1 << 30)));

    assertThat(answers).as("seed %d", seed).containsOnly("done");
    assertThat(world.data.get(at)).isEqualTo(world.data.get(at + Long.BYTES)).isPositive();
    end();
  }

  @Test
  void semaphore_permitsInUse_areNeverTooMany() {
    String semaphore = name("s");
    int at = unusedWords();

    List<String> answers =
        all(_ ->
            "share %s 3 %d %d %d".formatted(semaphore, at, FEW_TIMES, random.nextInt(1 << 30)));

    assertThat(answers).as("seed %d", seed).containsOnly("done");
    assertThat(world.data.get(at)).isZero();
    assertThat(info(semaphore).permitsTaken()).isZero();
    end();
  }

  // ---- who may be inside -------------------------------------------------------------------

  @Test
  void readWriteLock_readers_areTogetherAndAWriterAlone() {
    String lock = name("rw");
    for (int reader = 0; reader < 3; reader++) {
      got(reader, "read " + lock, "0");
    }
    late(3, "write " + lock);
    got(3, "update " + lock, "0");
    late(3, "upgrade");
    release(0, 1, 2);
    assertThat(parties[3].ask("upgrade " + FOR_EVER)).isEqualTo("got");

    late(0, "read " + lock);
    late(1, "update " + lock);
    late(2, "write " + lock);

    assertThat(parties[3].ask("downgrade")).isEqualTo("got");
    got(0, "read " + lock, "0");
    late(1, "update " + lock);
    release(0, 3);
    end();
  }

  // ---- time-outs ---------------------------------------------------------------------------

  @Test
  void timeOut_ofWhatIsTaken_isNotEarlyAndTakesNothing() {
    String mutex = name("m");
    String lock = name("rw");
    String semaphore = name("s");
    got(0, "mutex " + mutex, FOR_EVER);
    got(0, "write " + lock, FOR_EVER);
    got(0, "permits " + semaphore + " 2 1", FOR_EVER);

    late(1, "mutex " + mutex);
    late(2, "read " + lock);
    late(3, "write " + lock);
    late(1, "update " + lock);
    late(2, "permits " + semaphore + " 2 2");

    got(3, "permits " + semaphore + " 2 1", "0");
    release(3, 0, 0, 0);
    got(1, "mutex " + mutex, "0");
    got(2, "write " + lock, "0");
    got(3, "permits " + semaphore + " 2 2", "0");
    release(1, 2, 3);
    end();
  }

  @Test
  void timeOut_ofZero_takesWhatIsFree() {
    String mutex = name("m");
    String lock = name("rw");
    String semaphore = name("s");
    for (int party = 0; party < PARTIES; party++) {
      got(party, "mutex " + mutex, "0");
      assertThat(parties[(party + 1) % PARTIES].ask("mutex %s 0".formatted(mutex)))
          .startsWith("timeout ");
      for (String how : List.of("read ", "update ", "write ")) {
        got(party, how + lock, "0");
        release(party);
      }
      got(party, "permits " + semaphore + " 3 3", "0");
      assertThat(parties[(party + 1) % PARTIES].ask("permits %s 3 1 0".formatted(semaphore)))
          .startsWith("timeout ");
      release(party, party);
    }
    end();
  }

  // ---- deaths ------------------------------------------------------------------------------

  @Test
  void mutex_ownerKilled_exactlyOneIsTold() {
    String mutex = name("m");
    got(0, "mutex " + mutex, FOR_EVER);
    List<CompletableFuture<String>> told = waiting(mutex, "mutex", "mutex", "mutex");

    parties[0].kill();

    assertThat(deathsTold(told)).containsExactly(true, false, false);
    assertThat(info(mutex).statistics().ownersDied()).isEqualTo(1);
    replace(0);
    end();
  }

  @Test
  void readWriteLock_writerKilled_exactlyOneIsTold() {
    String lock = name("rw");
    got(0, "write " + lock, FOR_EVER);
    List<CompletableFuture<String>> told = waiting(lock, "write", "update", "read");

    parties[0].kill();

    assertThat(deathsTold(told)).containsExactlyInAnyOrder(true, false, false);
    assertThat(info(lock).statistics().ownersDied()).isEqualTo(1);
    replace(0);
    end();
  }

  @Test
  void mutex_releasedWithoutMarkConsistent_everySleeperIsRefused() {
    notRecoverable(name("m"), "mutex");
  }

  @Test
  void readWriteLock_releasedWithoutMarkConsistent_everySleeperIsRefused() {
    notRecoverable(name("rw"), "write", "update", "read");
  }

  /** The first way is how owners own it, the others how sleepers want it. */
  private void notRecoverable(String lock, String... ways) {
    got(0, ways[0] + " " + lock, FOR_EVER);
    parties[0].kill();
    assertThat(parties[1].ask("%s %s %s".formatted(ways[0], lock, FOR_EVER))).endsWith(" true");
    List<CompletableFuture<String>> asleep = new ArrayList<>();
    for (int party = 2; party < PARTIES; party++) {
      standing(party, lock);
      String way = ways[party % ways.length];
      asleep.add(parties[party].tell("%s %s %s".formatted(way, lock, FOR_EVER)));
    }
    world.awaitWaiters(lock, asleep.size());

    release(1);

    assertThat(asleep).map(Party::answer).containsOnly("notrecoverable");
    for (String way : ways) {
      assertThat(parties[1].ask("%s %s 0".formatted(way, lock))).isEqualTo("notrecoverable");
    }
    release(2, 3);
    assertThat(world.locks.reset(lock)).isTrue();
    got(1, ways[0] + " " + lock, "0");
    release(1);
    replace(0);
    end();
  }

  @Test
  void readWriteLock_readerKilled_writerGoesOnUntold() {
    String lock = name("rw");
    got(0, "read " + lock, FOR_EVER);
    got(1, "read " + lock, FOR_EVER);
    standing(2, lock);
    CompletableFuture<String> writer = parties[2].tell("write %s %s".formatted(lock, FOR_EVER));
    world.awaitWaiters(lock, 1);

    parties[0].kill();
    release(1);

    assertThat(Party.answer(writer)).startsWith("got ").endsWith(" false");
    release(2, 2);
    replace(0);
    end();
  }

  @Test
  void semaphore_holderKilled_itsPermitsComeBack() {
    String semaphore = name("s");
    got(0, "permits " + semaphore + " 4 3", FOR_EVER);
    standing(1, semaphore);
    CompletableFuture<String> two =
        parties[1].tell("permits %s 4 2 %s".formatted(semaphore, FOR_EVER));
    world.awaitWaiters(semaphore, 1);
    standing(2, semaphore);
    CompletableFuture<String> four =
        parties[2].tell("permits %s 4 4 %s".formatted(semaphore, FOR_EVER));
    world.awaitWaiters(semaphore, 2);

    parties[0].kill();

    assertThat(Party.answer(two)).startsWith("got ");
    assertThat(four).isNotDone();
    release(1, 1);
    assertThat(Party.answer(four)).startsWith("got ");
    release(2, 2);
    replace(0);
    end();
  }

  // ---- the parties -------------------------------------------------------------------------

  /** All do something at once. */
  private List<String> all(java.util.function.IntFunction<String> command) {
    return IntStream.range(0, PARTIES)
        .mapToObj(party -> parties[party].tell(command.apply(party)))
        .toList()
        .stream()
        .map(Party::answer)
        .toList();
  }

  private void got(int party, String command, String millis) {
    assertThat(parties[party].ask(command + " " + millis))
        .as(command)
        .startsWith("got ")
        .endsWith(" false");
  }

  /** Whoever asks for this is refused in time, and not earlier. */
  private void late(int party, String command) {
    String answer = parties[party].ask(command + " " + PATIENCE_MILLIS);
    assertThat(answer).as(command).startsWith("timeout ");
    assertThat(Long.parseLong(answer.substring("timeout ".length())))
        .as(command)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS));
  }

  private void release(int... some) {
    for (int party : some) {
      assertThat(parties[party].ask("release")).isEqualTo("ok");
    }
  }

  /** It owns a lock of its own, so that it waits for others in shared memory, be it one of many. */
  private void standing(int party, String waitsFor) {
    got(party, "mutex " + name("own-" + waitsFor), "0");
  }

  /** Parties 1 to 3 wait. */
  private List<CompletableFuture<String>> waiting(String lock, String... ways) {
    List<CompletableFuture<String>> told = new ArrayList<>();
    for (int i = 0; i < ways.length; i++) {
      standing(i + 1, lock);
      told.add(parties[i + 1].tell("%s %s %s".formatted(ways[i], lock, FOR_EVER)));
      world.awaitWaiters(lock, i + 1);
    }
    return told;
  }

  /**
   * Lets parties 1 to 3 go through one after the other; whether each was told of a death, in the
   * order in which they came. Readers declare it consistent themselves.
   */
  private List<Boolean> deathsTold(List<CompletableFuture<String>> told) {
    List<Integer> waiting = new ArrayList<>(List.of(0, 1, 2));
    List<Boolean> deaths = new ArrayList<>();
    while (!waiting.isEmpty()) {
      int next = awaitAny(told, waiting);
      String answer = Party.answer(told.get(next));
      boolean died = died(answer);
      if (died && !answer.startsWith("got 0 ")) {
        assertThat(parties[next + 1].ask("consistent")).isEqualTo("ok");
      }
      release(next + 1, next + 1);
      waiting.remove(/* element */ (Integer) next);
      deaths.add(died);
    }
    return deaths;
  }

  private static int awaitAny(List<CompletableFuture<String>> told, List<Integer> waiting) {
    Party.answer(
        CompletableFuture.anyOf(waiting.stream().map(told::get).toArray(CompletableFuture[]::new))
            .thenApply(String.class::cast));
    return waiting.stream().filter(i -> told.get(i).isDone()).findFirst().orElseThrow();
  }

  private static boolean died(String answer) {
    assertThat(answer).startsWith("got ");
    return answer.endsWith(" true");
  }

  private LockInfo info(String lock) {
    return world.locks.list().stream()
        .filter(info -> info.name().equals(lock))
        .findFirst()
        .orElseThrow();
  }
}
