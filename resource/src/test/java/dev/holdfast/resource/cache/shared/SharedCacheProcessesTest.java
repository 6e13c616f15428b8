package dev.holdfast.resource.cache.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Words;
import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Real processes, Java and Python, killed with SIGKILL wherever they are. */
class SharedCacheProcessesTest extends SharedCacheTestBase {
  private static final Path REPOSITORY = Path.of(System.getProperty("holdfast.root", ".."));
  private static final int ROUNDS = Boolean.getBoolean("holdfast.long") ? 100 : 1;

  private ChildProcess java(String what, long seed) {
    return ChildProcess.java(SharedCacheChild.class, root.toString(), what, Long.toString(seed));
  }

  private ChildProcess python(String what, long seed) {
    return ChildProcess.python(
        REPOSITORY.resolve("resource/src/test/python/cache_child.py").toString(),
        REPOSITORY.resolve("python").toString(),
        root.toString(),
        what,
        Long.toString(seed));
  }

  @Test
  void values_putInOneLanguage_areReadInTheOther() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space);
        ChildProcess python = python("exchange", 0)) {
      python.await("READY");
      assertThat(cache.getIfPresent("from Python")).isEqualTo("größer");
      try (ChildProcess java = java("read", 0)) {
        java.await("größer");
        assertThat(java.waitFor()).as(java.errors()).isZero();
      }
      python.say("");
      python.await("Grüße");
      assertThat(python.waitFor()).as(python.errors()).isZero();
    }
  }

  @Test
  void churn_javaAndPythonKilledAtRandom_nothingIsLostButTheHalfMade() {
    long seed = new Random().nextLong();
    System.out.println("seed=" + seed);
    Random random = new Random(seed);
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      cache.put("untouched", "value");
      for (int round = 0; round < ROUNDS; round++) {
        try (ChildProcess java = java("churn", random.nextLong());
            ChildProcess python = python("churn", random.nextLong())) {
          java.await("BUSY");
          python.await("BUSY");
          useFor(cache, random.nextInt(2_000));
          java.kill();
          python.kill();
        }
        requireSoundAfterDeaths(space, cache, seed);
      }
    }
  }

  private static void useFor(SharedCache<String, String> cache, int operations) {
    for (int i = 0; i < operations; i++) {
      String key = "k" + i % 400;
      String value = cache.getIfPresent(key);
      if (value != null) {
        assertThat(value.replace(key, "")).isEmpty();
      }
      assertThat(cache.getIfPresent("untouched")).isEqualTo("value");
    }
  }

  private static void requireSoundAfterDeaths(
      Space space, SharedCache<String, String> cache, long seed) {
    space.sweep();
    assertThat(space.participants()).as("seed=%d", seed).allMatch(ParticipantInfo::alive);
    cache.sweep();
    try (Region region = space.writableRegion(CACHE)) {
      Words words = Words.over(region.segment());
      CacheHeader header = CacheHeader.read(words, CACHE);
      CacheMemory memory = new CacheMemory(words, header.geometry(), header.hashSeed());
      EntryTable table =
          new EntryTable(memory, space.self().slot(), () -> java.util.Set.of(), System::nanoTime);
      Map<String, String> entries =
          Tables.requireSound(words, header.geometry(), header.hashSeed(), table);
      entries.remove("untouched");
      entries.forEach((key, value) -> assertThat(value.replace(key, "")).isEmpty());
    }
    assertThat(cache.usage().filling()).isZero();
  }

  @Test
  void openOrCreate_makerKilledInTheMiddle_makesItAnew() {
    try (Space space = open();
        ChildProcess maker = java("make", 0)) {
      maker.await("MAKING");
      assertThatThrownBy(() -> SharedCache.openOrCreate(space, SPEC, Duration.ZERO))
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("its maker lives but has not finished it");
      maker.kill();
      try (SharedCache<String, String> cache = open(space)) {
        assertThat(cache.put("k", "v")).isTrue();
      }
    }
  }

  @Test
  void put_anotherProcessIsStopped_waitsForNobody() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space);
        ChildProcess stopped = java("churn", 1)) {
      stopped.await("BUSY");
      stopped.stop();
      for (int i = 0; i < 5_000; i++) {
        String key = "k" + i % 400;
        assertThat(cache.put(key, "mine")).isTrue();
        cache.getIfPresent(key);
      }
      stopped.resume();
    }
  }

  @Test
  void death_inTheMiddleOfAPut_isRecoveredWithoutBeingAsked() throws Exception {
    try (Space space = open();
        SharedCache<String, String> cache = open(space);
        ChildProcess child = java("churn", 2)) {
      child.await("BUSY");
      claimForSomebodyElse(space, child.pid());
      child.kill();
      long watchdog = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (cache.usage().filling() > 0 || cache.stats().recovered() == 0) { // counted after it
        assertThat(System.nanoTime() - watchdog).as("not recovered").isNegative();
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** As if that process had been killed after its first store. */
  private static void claimForSomebodyElse(Space space, long pid) {
    int seat =
        space.participants().stream()
            .filter(participant -> participant.pid() == pid)
            .findFirst()
            .orElseThrow()
            .slot();
    try (Region region = space.writableRegion(CACHE)) {
      Words words = Words.over(region.segment());
      CacheHeader header = CacheHeader.read(words, CACHE);
      Slots slots = new Slots(new CacheMemory(words, header.geometry(), header.hashSeed()));
      for (int slot = 0; slots.tryClaim(slot, seat) == 0; slot++) {
        slots.free(slot, SlotLayout.generation(slots.word(slot)));
      }
    }
  }
}
