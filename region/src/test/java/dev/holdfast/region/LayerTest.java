package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform.WordMapping;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Membership.AnnexName;
import dev.holdfast.testkit.FaultyPlatform;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a space offers to the layers above regions, and what it tells them. */
class LayerTest extends SpaceTestBase {
  private static final int BYTES = 8192;

  /** Remembers what it is told. */
  private static final class Recorder implements Layer {
    private final Membership membership;
    private final List<String> told = new ArrayList<>();
    private final CountDownLatch ticks = new CountDownLatch(2);

    Recorder(Membership membership) {
      this.membership = membership;
    }

    @Override
    public void participantDied(long participant) {
      told.add("died " + participant);
    }

    @Override
    public void tick() {
      ticks.countDown();
      throw new IllegalStateException("on purpose: logged, and the next tick comes");
    }

    @Override
    public void close() {
      told.add("closed, " + membership.hasPlace(membership.me()));
    }
  }

  private static Recorder layer(Space space) {
    return space.layer(Recorder.class, Recorder::new);
  }

  @Test
  void layer_ofOneType_isMadeOnceAndClosedBeforeTheSpaceIsLeft() {
    Space space = openQuiet();
    Recorder layer = layer(space);
    assertThat(layer(space)).isSameAs(layer);
    space.close();
    assertThat(layer.told).containsExactly("closed, true");
  }

  @Test
  void tick_layerThatThrows_isCalledAgain() throws InterruptedException {
    try (Space space = open()) {
      assertThat(layer(space).ticks.await(1, TimeUnit.MINUTES)).as("watchdog").isTrue();
    }
  }

  @Test
  void participant_livesAndDies_theLayerIsToldAndSeesIt() {
    try (Space space = openQuiet()) {
      Membership membership = layer(space).membership;
      long me = membership.me();
      long victim = dead().self().handle();
      assertThat(membership.space()).isEqualTo(SPACE);
      assertThat(membership.platform()).isSameAs(PLATFORM);
      assertThat(membership.participants()).isGreaterThanOrEqualTo(64);
      assertThat(membership.participant(Handle.slot(me)).orElseThrow().handle()).isEqualTo(me);
      assertThat(membership.participant(63)).isEmpty();
      assertThat(membership.isAlive(me)).isTrue();
      assertThat(membership.hasPlace(victim)).isTrue();
      assertThat(membership.isAlive(victim)).isFalse();
      space.sweep();
      assertThat(layer(space).told).containsExactly("died " + victim);
      assertThat(membership.hasPlace(victim)).isFalse();
      assertThat(membership.isAlive(victim)).isFalse();
    }
  }

  @Test
  void exclusivelyAndRecord_areThoseOfTheSpace() {
    try (Space space = openQuiet()) {
      Membership membership = layer(space).membership;
      long actor = membership.exclusively(() -> space.member().catalog.get(CatalogLayout.ACTOR));
      assertThat(actor).isEqualTo(Handle.slot(membership.me()) + 1L);
      membership.record(SpaceEvent.Kind.DEADLOCK_BROKEN, 5, "index");
      SpaceEvent last = space.events().getLast();
      assertThat(last.kind()).isEqualTo(SpaceEvent.Kind.DEADLOCK_BROKEN);
      assertThat(last.value()).isEqualTo(5);
      assertThat(last.text()).isEqualTo("index");
    }
  }

  @Test
  void annex_openedByTwo_isMadeOnceAndGoesWithTheSpace() {
    try (Space first = openQuiet();
        Space second = openQuiet()) {
      Membership one = layer(first).membership;
      Membership other = layer(second).membership;
      assertThat(one.incarnation()).isEqualTo(other.incarnation());
      WordMapping made = annex(one);
      made.words().set(8, 77);
      WordMapping same = annex(other);
      assertThat(same.words().get(8)).isEqualTo(77);
      assertThat(same.segment().byteSize()).isEqualTo(BYTES);
      assertThat(objects()).hasSize(2);
    }
    assertThat(objects()).isEmpty();
  }

  @Test
  void annex_makerDiedBeforeItWasUsable_isMadeAnew() {
    try (Space space = openQuiet()) {
      Membership membership = layer(space).membership;
      membership.annex(AnnexName.LOCKS, BYTES, LayerTest::isUsable, words -> words.set(8, 77));
      WordMapping anew = annex(membership);
      assertThat(anew.words().get(8)).isZero();
      assertThat(isUsable(anew.words())).isTrue();
    }
  }

  @Test
  void annex_systemCallFails_isTypedAndLeavesNothing() {
    FaultyPlatform faulty = new FaultyPlatform(PLATFORM);
    try (Space space = Space.open(spec(), environment(faulty.platform()))) {
      Membership membership = layer(space).membership;
      faulty.fail("allocate", 1, Errno.ENOSPC);
      assertThatThrownBy(() -> annex(membership))
          .isInstanceOf(OutOfSharedMemoryException.class)
          .hasMessageContaining("asked=8192 bytes");
      for (String call : List.of("openShared", "unlinkShared", "allocate", "mapWords")) {
        faulty.fail(call, 1, Errno.EIO);
        assertThatThrownBy(() -> annex(membership)).isInstanceOf(SystemCallException.class);
        assertThat(objects()).as(call).hasSize(1);
      }
      faulty.fail(Long.MAX_VALUE, Errno.EIO);
      annex(membership);
    }
  }

  private static WordMapping annex(Membership membership) {
    return membership.annex(AnnexName.LOCKS, BYTES, LayerTest::isUsable, words -> words.set(0, 1));
  }

  private static boolean isUsable(Words words) {
    return words.get(0) == 1;
  }
}
