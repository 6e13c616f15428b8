package dev.holdfast.resource.cache.shared;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Words;
import dev.holdfast.region.Limits;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionNotFoundException;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SharedCacheTest extends SharedCacheTestBase {
  @Test
  void put_inOneParticipant_isFoundInAnother() {
    try (Space a = open();
        Space b = open();
        SharedCache<String, String> inA = open(a);
        SharedCache<String, String> inB = open(b)) {
      assertThat(inA.put("k", "v")).isTrue();

      assertThat(inB.getIfPresent("k")).isEqualTo("v");
      assertThat(inB.remove("k")).isTrue();
      assertThat(inB.remove("k")).isFalse();
      assertThat(inA.getIfPresent("k")).isNull();
      assertThat(inA.stats()).isEqualTo(new SharedCacheStats(1, 1, 1, 0, 1, 0, 0, 0, 0));
      assertThat(inA.stats().hitRatio()).isEqualTo(0.5);
    }
  }

  @Test
  void get_absent_loadsOnceAndPuts() {
    AtomicInteger loads = new AtomicInteger();
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      for (int i = 0; i < 3; i++) {
        assertThat(cache.get("k", key -> key + loads.incrementAndGet())).isEqualTo("k1");
      }
      assertThatThrownBy(() ->
              cache.get(
                  "bad",
                  _ -> {
                    throw new IllegalStateException("loader");
                  }))
          .hasMessage("loader");
      assertThat(cache.getIfPresent("bad")).isNull();
    }
  }

  @Test
  void get_loadedValueIsLargerThanTheCacheTakes_isGivenBackUncachedAndCounted() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      String large = "x".repeat(cache.entryBytesMax());
      assertThat(cache.get("large", _ -> large)).isEqualTo(large);
      assertThat(cache.getIfPresent("large")).isNull();
      assertThat(cache.get("y".repeat(cache.entryBytesMax() + 1), _ -> "v")).isEqualTo("v");
      assertThat(cache.stats()).isEqualTo(new SharedCacheStats(0, 3, 0, 2, 0, 0, 0, 0, 0));
      assertThatThrownBy(() -> cache.put("large", large))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("larger than this cache takes");
    }
  }

  @Test
  @SuppressWarnings("NullAway") // what a loader must not do
  void get_loaderReturnsNull_isRefusedWithTheKey() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      assertThatThrownBy(() -> cache.get("k", _ -> null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the loader returned null: key=k");
      assertThat(cache.usage().entries()).isZero();
    }
  }

  @Test
  void region_ofTheCache_hasExactlyTheBytesAsked() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      assertThat(space.find(CACHE).orElseThrow().bytes()).isEqualTo(256 << 10);
      assertThat(cache.usage().bytes()).isEqualTo(256 << 10);
      assertThat(cache.name()).isEqualTo(CACHE);
      assertThat(cache.entryBytesMax()).isGreaterThan(10_000);
      assertThat(cache.toString()).contains("cache", "utf8 -> utf8");
    }
  }

  @Test
  void put_withTimeToLive_isGoneAfterIt() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      cache.put("short", "v", Duration.ofNanos(1));
      cache.put("long", "v", Duration.ofDays(100_000)); // more than a long of nanoseconds
      assertThat(cache.getIfPresent("short")).isNull();
      assertThat(cache.getIfPresent("long")).isEqualTo("v");
      assertThatThrownBy(() -> cache.put("k", "v", Duration.ZERO))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void put_cacheWithTimeToLive_usesIt() {
    try (Space space = open();
        SharedCache<String, String> cache =
            SharedCache.openOrCreate(space, SPEC.timeToLive(Duration.ofNanos(1)))) {
      cache.put("k", "v");
      assertThat(cache.sweep()).isEqualTo(1);
      cache.put("stays", "v", Duration.ofHours(1));
      assertThat(cache.getIfPresent("stays")).isEqualTo("v");
      cache.clear();
      assertThat(cache.usage().entries()).isZero();
    }
  }

  @Test
  void handle_givenToAnotherParticipant_namesThatEntryOnly() {
    try (Space a = open();
        Space b = open();
        SharedCache<String, String> inA = open(a);
        SharedCache<String, String> inB = open(b)) {
      inA.put("k", "v");
      long number = requireNonNull(inA.handle("k")).value();
      assertThat(inB.getIfPresent(new EntryHandle(number))).isEqualTo("v");

      inB.put("k", "w");
      assertThat(inA.getIfPresent(new EntryHandle(number))).isNull();
      assertThat(inA.handle("none")).isNull();
    }
  }

  // ---- codecs ------------------------------------------------------------------------------

  @Test
  void codecs_ofTheLibraryAndOnesOwn_roundTrip() {
    CacheCodec<Instant> instants =
        CacheCodec.of("instant", CacheCodec.int64(), Instant::toEpochMilli, Instant::ofEpochMilli);
    SharedCacheSpec<Long, Instant> spec =
        SharedCacheSpec.named("times", CacheCodec.int64(), instants).bytes(128 << 10);
    try (Space space = open();
        SharedCache<Long, Instant> cache = SharedCache.openOrCreate(space, spec)) {
      cache.put(-1L, Instant.EPOCH.plusMillis(7));
      assertThat(cache.getIfPresent(-1L)).isEqualTo(Instant.EPOCH.plusMillis(7));
      assertThat(spec.toString()).contains("int64 -> instant");
    }
    byte[] bytes = {1, 2};
    assertThat(CacheCodec.bytes().decode(CacheCodec.bytes().encode(bytes))).isEqualTo(bytes);
    assertThatThrownBy(() ->
            SharedCacheSpec.named(
                "c",
                CacheCodec.utf8(),
                CacheCodec.<String, String>of("", CacheCodec.utf8(), s -> s, s -> s)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 40 bytes");
  }

  @Test
  void utf8_halfASurrogatePair_isRefused() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      for (String half : new String[] {"a\ud800", "\udc00a", "a\udc00\ud800", "?\ud800x"}) {
        for (ThrowingCallable use :
            List.<ThrowingCallable>of(
                () -> cache.put(half, "v"),
                () -> cache.put("k", half),
                () -> cache.getIfPresent(half),
                () -> cache.remove(half))) {
          assertThatThrownBy(use)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("value=" + half);
        }
      }
      assertThat(cache.usage().entries()).isZero();
      for (String whole : new String[] {"", "?", "a?", "größer", "\ufffd", "a\ud83d\ude00?"}) {
        cache.put(whole, whole);
        assertThat(cache.getIfPresent(whole)).isEqualTo(whole);
      }
    }
  }

  @Test
  void decode_bytesThatTheCodecNeverWrites_areRefused() {
    byte[][] notUtf8 = {{(byte) 0xFF}, {'a', (byte) 0xC3}, {(byte) 0xED, (byte) 0xA0, (byte) 0x80}};
    for (byte[] bytes : notUtf8) {
      assertThatThrownBy(() -> CacheCodec.utf8().decode(bytes))
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("codec=utf8, bytes=" + bytes.length);
    }
    assertThatThrownBy(() -> CacheCodec.int64().decode(new byte[7]))
        .isInstanceOf(SharedCacheException.class)
        .hasMessageContaining("codec=int64, bytes=7");
  }

  // ---- opening ---------------------------------------------------------------------------------

  @Test
  void open_otherCodecs_isRefusedWithBoth() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      assertThatThrownBy(
              () -> SharedCache.open(space, CACHE, CacheCodec.utf8(), CacheCodec.int64()))
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("values=utf8, expected=int64");
      assertThatThrownBy(
              () -> SharedCache.open(space, CACHE, CacheCodec.bytes(), CacheCodec.utf8()))
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("keys=utf8, expected=bytes");
      assertThat(space.openRegions()).as("refused ones are closed").hasSize(1);
      assertThat(cache.put("k", "v")).isTrue();
    }
  }

  @Test
  void open_noSuchCache_isRefused() {
    try (Space space = open()) {
      assertThatThrownBy(() -> SharedCache.open(space, CACHE, CacheCodec.utf8(), CacheCodec.utf8()))
          .isInstanceOf(RegionNotFoundException.class);
    }
  }

  @Test
  void open_whatExists_takesItsSizeAndTime() {
    try (Space space = open();
        SharedCache<String, String> made = open(space);
        SharedCache<String, String> opened =
            SharedCache.open(space, CACHE, CacheCodec.utf8(), CacheCodec.utf8())) {
      made.put("k", "v");
      assertThat(opened.getIfPresent("k")).isEqualTo("v");
      assertThat(opened.entryBytesMax()).isEqualTo(made.entryBytesMax());
    }
  }

  @Test
  void openOrCreate_otherSizeShapeOrTime_isRefused() {
    try (Space space = open();
        SharedCache<String, String> cache = open(space)) {
      for (SharedCacheSpec<String, String> other :
          List.of(
              SPEC.bytes(1 << 20), SPEC.entryBytes(512), SPEC.timeToLive(Duration.ofHours(1)))) {
        assertThatThrownBy(() -> SharedCache.openOrCreate(space, other))
            .isInstanceOf(SharedCacheException.class)
            .hasMessageContaining("open it as it is, or remove it");
      }
      assertThat(cache.put("k", "v")).isTrue();
    }
  }

  @Test
  void open_regionOfSomethingElse_isRefusedAndItsBytesStay() {
    byte[] word = new byte[8];
    byte[] bytes = "D".repeat(8).getBytes(StandardCharsets.US_ASCII);
    for (boolean ownerLives : new boolean[] {true, false}) {
      for (long size : new long[] {8, 4095, 64 << 10, 256 << 10}) {
        requireRefused(size, bytes, ownerLives);
        requireRefused(size, word, ownerLives); // as a cache looks before it has a header
      }
    }
  }

  @SuppressWarnings("try") // the owner leaves early
  private void requireRefused(long size, byte[] content, boolean ownerLives) {
    RegionSpec spec = RegionSpec.named(CACHE).bytes(size).policy(RegionPolicy.manual());
    try (Space space = open();
        Space owner = open()) {
      Region made = owner.create(spec);
      for (long at = 0; at + content.length <= size; at += content.length) {
        MemorySegment.copy(MemorySegment.ofArray(content), 0, made.segment(), at, content.length);
      }
      if (!ownerLives) {
        owner.close();
      }
      assertThatThrownBy(() -> open(space))
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("the region is something else");
      assertThatThrownBy(() -> SharedCache.open(space, CACHE, CacheCodec.utf8(), CacheCodec.utf8()))
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("the region is something else");
      assertThat(space.openRegions()).as("refused ones are closed").isEmpty();
      try (Region there = space.region(CACHE)) {
        assertThat(there.id()).isEqualTo(made.id());
        assertThat(
                there.segment().asSlice(0, content.length).mismatch(MemorySegment.ofArray(content)))
            .isEqualTo(-1);
      }
      space.remove(CACHE);
    }
  }

  @Test
  void openOrCreate_whileItIsBeingMade_waitsForIt() throws Exception {
    try (Space maker = open();
        Space space = open()) {
      Thread opener =
          Thread.ofPlatform()
              .unstarted(() -> {
                try (SharedCache<String, String> cache = open(space)) {
                  cache.put("k", "v");
                }
              });
      CacheHeader header = new CacheHeader(SPEC.geometry(64), 0, 1, 2, 3, "utf8", "utf8");
      maker.create(
          SPEC.policy(RegionPolicy.manual()).region(),
          bytes -> {
            opener.start();
            awaitPaused(opener);
            header.writeTo(Words.over(bytes));
          });
      opener.join();
      try (SharedCache<String, String> cache = open(maker)) {
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
      }
      maker.remove(CACHE);
    }
  }

  private static void awaitPaused(Thread thread) {
    long watchdog = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      assertThat(System.nanoTime() - watchdog).as("never waited").isNegative();
      Thread.onSpinWait();
    }
  }

  @Test
  void openOrCreate_makerDoesNotFinish_isRefusedAndLeftToIt() {
    try (Space maker = open();
        Space space = open()) {
      Region made =
          maker.create(
              SPEC.region(),
              _ ->
                  assertThatThrownBy(() -> SharedCache.openOrCreate(space, SPEC, Duration.ZERO))
                      .isInstanceOf(SharedCacheException.class)
                      .hasMessageContaining("its maker lives but has not finished it")
                      .hasMessageContaining("CREATING"));
      assertThat(space.find(CACHE).orElseThrow().id()).isEqualTo(made.id());
    }
  }

  @Test
  void open_participantWithoutASeat_isRefused() {
    Limits limits = Limits.DEFAULT.withRegions(16).withParticipants(128);
    SpaceSpec spec = SpaceSpec.named(SPACE).under(root).limits(limits);
    List<Space> others = new java.util.ArrayList<>();
    try (Space first = Space.open(spec)) {
      first.changeLimits(limits.withParticipants(1));
      try (SharedCache<String, String> cache = open(first)) {
        first.changeLimits(limits);
        others.add(Space.open(spec));
        assertThatThrownBy(() -> open(others.get(0)))
            .isInstanceOf(SharedCacheException.class)
            .hasMessageContaining("seats=1, slot=1");
        assertThat(cache.put("k", "v")).isTrue();
      }
    } finally {
      others.forEach(Space::close);
    }
  }

  @Test
  void spec_thatMakesNoSense_isRefused() {
    assertThatThrownBy(() -> SPEC.entryBytes(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SPEC.timeToLive(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SharedCacheSpec.named("no name", CacheCodec.utf8(), CacheCodec.utf8()))
        .isInstanceOf(IllegalArgumentException.class);
    try (Space space = open()) {
      assertThatThrownBy(() -> SharedCache.openOrCreate(space, SPEC.bytes(4096)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("too little memory");
      assertThat(space.regions()).isEmpty();
    }
  }

  // ---- ends ------------------------------------------------------------------------------------

  @Test
  void close_thenAnyUse_isAnException_andOthersGoOn() {
    try (Space a = open();
        Space b = open();
        SharedCache<String, String> inB = open(b)) {
      SharedCache<String, String> inA = open(a);
      inA.put("k", "v");
      inA.close();
      inA.close();

      assertThatThrownBy(() -> inA.put("k", "w")).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> inA.getIfPresent("k")).isInstanceOf(IllegalStateException.class);
      assertThat(inB.getIfPresent("k")).isEqualTo("v");
      try (SharedCache<String, String> again = open(a)) {
        assertThat(again.getIfPresent("k")).isEqualTo("v");
      }
    }
  }

  @Test
  void close_lastOne_takesTheCacheWithIt_unlessItIsKept() {
    try (Space space = open()) {
      open(space).close();
      assertThat(space.regions()).isEmpty();
      SharedCacheSpec<String, String> kept = SPEC.policy(RegionPolicy.manual());
      try (SharedCache<String, String> cache = SharedCache.openOrCreate(space, kept)) {
        cache.put("k", "v");
      }
      try (SharedCache<String, String> cache = SharedCache.openOrCreate(space, kept)) {
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
      }
      space.remove(CACHE);
    }
  }

  @Test
  void open_whileRecording_isAnEvent() throws Exception {
    try (jdk.jfr.Recording recording = new jdk.jfr.Recording()) {
      recording.enable("dev.holdfast.SharedCacheOpened");
      recording.start();
      try (Space space = open();
          SharedCache<String, String> cache = open(space)) {
        assertThat(cache.name()).isEqualTo(CACHE);
      }
      recording.stop();
      java.nio.file.Path file = root.resolve("recording.jfr");
      recording.dump(file);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      assertThat(events).extracting(event -> event.getString("cache")).containsExactly(CACHE);
    }
  }
}
