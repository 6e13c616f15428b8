package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A view ends with its region: afterwards every access is an exception, never a crash. */
class RegionViewTest extends SpaceTestBase {
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private static Map<String, Callable<?>> accesses(MemorySegment view) {
    MemorySegment slice = view.asSlice(8, 64);
    ByteBuffer buffer = view.asByteBuffer();
    MemorySegment elsewhere = MemorySegment.ofArray(new byte[64]);
    return Map.ofEntries(
        Map.entry("get", () -> view.get(ValueLayout.JAVA_BYTE, 0)),
        Map.entry("set", () -> run(() -> view.set(ValueLayout.JAVA_LONG, 8, 1))),
        Map.entry("fill", () -> view.fill((byte) 1)),
        Map.entry("copyFrom", () -> view.asSlice(0, 64).copyFrom(elsewhere)),
        Map.entry("copyTo", () -> elsewhere.copyFrom(slice)),
        Map.entry("mismatch", () -> view.mismatch(elsewhere)),
        Map.entry("VarHandle", () -> (long) LONG.getVolatile(view, 0L)),
        Map.entry("compareAndSet", () -> LONG.compareAndSet(view, 0L, 1L, 2L)),
        Map.entry("slice", () -> slice.get(ValueLayout.JAVA_INT, 0)),
        Map.entry("toArray", () -> slice.toArray(ValueLayout.JAVA_BYTE)),
        Map.entry("buffer get", () -> buffer.get(0)),
        Map.entry("buffer put", () -> buffer.put(0, (byte) 1)),
        Map.entry("stream", () -> slice.elements(ValueLayout.JAVA_LONG).count() + 0));
  }

  private static Object run(Runnable access) {
    access.run();
    return true;
  }

  @Test
  void access_afterClose_isIllegalStateOnEveryPathInEveryThread() throws Exception {
    try (Space space = openQuiet();
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      Region region = space.create(RegionSpec.named("r").bytes(4096));
      Map<String, Callable<?>> accesses = accesses(region.segment());
      for (var access : accesses.entrySet()) {
        assertThatCode(() -> access.getValue().call())
            .as(access.getKey())
            .doesNotThrowAnyException();
      }
      region.close();
      assertThatThrownBy(region::segment)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("region is closed")
          .hasMessageContaining("name=r");
      for (var access : accesses.entrySet()) {
        if (!access.getKey().equals("stream")) { // counting touches nothing
          assertThatThrownBy(() -> access.getValue().call())
              .as(access.getKey())
              .isInstanceOf(IllegalStateException.class);
          Future<?> elsewhere = other.submit(access.getValue());
          assertThatThrownBy(elsewhere::get)
              .as(access.getKey() + " in another thread")
              .hasCauseInstanceOf(IllegalStateException.class);
        }
      }
    }
  }

  @Test
  void close_copiesRunInAnotherThread_theyEndOrAreRefused() throws Exception {
    try (Space space = openQuiet();
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      Region region = space.create(RegionSpec.named("r").bytes(32L << 20));
      MemorySegment view = region.segment();
      MemorySegment copy = MemorySegment.ofArray(new byte[32 << 20]);
      CountDownLatch started = new CountDownLatch(1);
      Future<?> copying =
          other.submit(() -> {
            while (true) {
              copy.copyFrom(view);
              started.countDown();
            }
          });
      assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
      region.close();
      assertThatThrownBy(() -> copying.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IllegalStateException.class);
      awaitGone(space);
    }
  }

  @Test
  void close_systemCallUsesTheView_holdEndsWithTheCall() throws Exception {
    Pipe pipe = Pipe.open();
    try (Space space = openQuiet();
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      Region region = space.create(RegionSpec.named("r").bytes(4096));
      ByteBuffer buffer = region.segment().asByteBuffer();
      Future<Integer> reading = other.submit(() -> pipe.source().read(buffer));
      region.close(); // before or inside the call: neither may crash
      assertThatThrownBy(region::segment).isInstanceOf(IllegalStateException.class);
      pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
      try {
        assertThat(reading.get(60, TimeUnit.SECONDS)).isEqualTo(1);
      } catch (ExecutionException refused) {
        assertThat(refused).hasCauseInstanceOf(IllegalStateException.class);
      }
      awaitGone(space);
    } finally {
      pipe.source().close();
      pipe.sink().close();
    }
  }

  @Test
  void closeSpace_systemCallNeverReturns_spaceClosesAllTheSame() throws Exception {
    Pipe pipe = Pipe.open();
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      Space space = open();
      ByteBuffer buffer = space.create(RegionSpec.named("r").bytes(4096)).segment().asByteBuffer();
      CountDownLatch started = new CountDownLatch(1);
      Future<Integer> reading =
          other.submit(() -> {
            started.countDown();
            return pipe.source().read(buffer);
          });
      assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
      space.close();
      assertThat(objects()).isEmpty();
      pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
      try {
        assertThat(reading.get(60, TimeUnit.SECONDS)).isEqualTo(1);
      } catch (ExecutionException refused) {
        assertThat(refused).hasCauseInstanceOf(IllegalStateException.class);
      }
    } finally {
      pipe.source().close();
      pipe.sink().close();
    }
  }

  @Test
  void closeSpace_regionsOpen_allEndAndEveryOperationIsRefused() {
    Space space = open();
    Region a = space.create(RegionSpec.named("a").bytes(10));
    Region b = space.region("a");
    space.close();
    space.close();
    a.close();
    b.close();
    for (Region region : List.of(a, b)) {
      assertThatThrownBy(region::segment).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(region::info).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(region::takeChecksum).isInstanceOf(IllegalStateException.class);
    }
    List<Runnable> operations =
        List.of(
            () -> space.create(RegionSpec.named("b").bytes(1)),
            () -> space.region("a"),
            () -> space.writableRegion("a"),
            () -> space.region(a.id()),
            () -> space.remove("a"),
            () -> space.removeForcibly("a"),
            () -> space.find("a"),
            space::regions,
            space::participants,
            space::self,
            space::events,
            space::usage,
            () -> space.changeLimits(Limits.DEFAULT),
            space::sweep,
            space::findLeftovers,
            space::removeLeftovers,
            () -> space.verify(true),
            space::repair);
    for (Runnable operation : operations) {
      assertThatThrownBy(operation::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("space is closed");
    }
    assertThat(space.openRegions()).isEmpty();
    assertThat(space.toString()).contains("closed");
  }

  @Test
  @SuppressWarnings("try") // the close inside is what is tested
  void closeSpace_fromAProgressCallback_isRefused() {
    try (Space space = openQuiet()) {
      RegionSpec spec = RegionSpec.named("r").bytes(1).onProgress(_ -> space.close());
      assertThatThrownBy(() -> space.create(spec))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("from inside one of its operations");
      assertThat(space.regions()).isEmpty();
    }
  }

  @Test
  void closeSpace_operationsRunInOtherThreads_nothingIsLeft() throws Exception {
    for (int round = 0; round < 20; round++) {
      Space space = open();
      try (ExecutorService others = Executors.newFixedThreadPool(4)) {
        List<Future<?>> running = new ArrayList<>();
        CountDownLatch started = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
          String name = "r" + "-" + i;
          running.add(
              others.submit(() -> {
                while (true) {
                  space.create(RegionSpec.named(name).bytes(100)).close();
                  started.countDown();
                }
              }));
        }
        assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
        space.close();
        for (Future<?> each : running) {
          assertThatThrownBy(() -> each.get(60, TimeUnit.SECONDS))
              .hasCauseInstanceOf(IllegalStateException.class);
        }
      }
      assertThat(objects()).isEmpty();
    }
  }

  @Test
  void regionLost_fullLeakDetection_isReportedWithItsSite() {
    try (Space space = Space.open(spec().leaks(LeakDetection.FULL))) {
      lose(space);
      assertTimeoutPreemptively(
          watchdog(),
          () -> {
            while (!space.openRegions().getFirst().lost()) {
              System.gc();
              Thread.onSpinWait();
            }
          });
      HeldRegion lost = space.openRegions().getFirst();
      assertThat(lost.name()).isEqualTo("lost");
      assertThat(lost.site()).contains("RegionViewTest.lose");
      assertThat(space.regions()).as("a view of it may be in use").hasSize(1);
    }
  }

  @Test
  void regionLost_leakDetectionOff_isNotNoticedAndStaysHeld() {
    try (Space space = Space.open(spec().leaks(LeakDetection.OFF));
        Space tracking = Space.open(spec().leaks(LeakDetection.ON))) {
      lose(space);
      lose(tracking, "also-lost");
      assertTimeoutPreemptively(
          watchdog(),
          () -> {
            while (!tracking.openRegions().getFirst().lost()) { // lost later than the other
              System.gc();
              Thread.onSpinWait();
            }
          });
      assertThat(space.openRegions().getFirst().lost()).isFalse();
      assertThat(space.regions()).isNotEmpty();
    }
  }

  @Test
  void regionOpen_normalLeakDetection_hasNoSite() {
    try (Space space = Space.open(spec().leaks(LeakDetection.ON));
        Region region = space.create(RegionSpec.named("r").bytes(1))) {
      assertThat(space.openRegions())
          .singleElement()
          .satisfies(held -> {
            assertThat(held.site()).isEmpty();
            assertThat(held.lost()).isFalse();
            assertThat(held.writable()).isTrue();
            assertThat(held.id()).isEqualTo(region.id());
          });
    }
  }

  private static void lose(Space space) {
    lose(space, "lost");
  }

  private static void lose(Space space, String name) {
    assertThat(space.create(RegionSpec.named(name).bytes(1)).bytes()).isEqualTo(1);
  }

  /** The hold ends when the last call that uses the view does. */
  private static void awaitGone(Space space) {
    assertTimeoutPreemptively(
        watchdog(),
        () -> {
          while (!space.openRegions().isEmpty()) {
            space.retryUnmaps();
            Thread.onSpinWait();
          }
        });
    assertThat(space.regions()).isEmpty();
  }
}
