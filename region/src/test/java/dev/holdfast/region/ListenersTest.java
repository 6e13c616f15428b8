package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // closing early, inside the try, is what is tested
class ListenersTest extends SpaceTestBase {
  private final BlockingQueue<SpaceEvent> told = new LinkedBlockingQueue<>();

  private SpaceEvent next() throws InterruptedException {
    SpaceEvent event = told.poll(30, TimeUnit.SECONDS);
    assertThat(event).as("watchdog").isNotNull();
    return event;
  }

  @Test
  void listen_whatAnotherParticipantDoes_isToldInOrder() throws InterruptedException {
    try (Space here = open();
        Space there = open();
        Subscription _ = here.listen(told::add)) {
      there.create(RegionSpec.named("r").bytes(100)).close();
      SpaceEvent created = next();
      assertThat(created.kind()).isEqualTo(SpaceEvent.Kind.CREATED);
      assertThat(created.text()).isEqualTo("r");
      assertThat(created.actor()).isEqualTo(there.self().handle());
      assertThat(next().kind()).isEqualTo(SpaceEvent.Kind.RECLAIMED);
    }
  }

  @Test
  void listen_aListenerThatThrows_doesNotKeepTheOthers() throws InterruptedException {
    try (Space space = open();
        Subscription _ =
            space.listen(_ -> {
              throw new IllegalArgumentException("on purpose");
            });
        Subscription _ = space.listen(told::add)) {
      space.create(RegionSpec.named("r").bytes(100)).close();
      assertThat(next().kind()).isEqualTo(SpaceEvent.Kind.CREATED);
      assertThat(next().kind()).isEqualTo(SpaceEvent.Kind.RECLAIMED);
    }
  }

  @Test
  void subscriptionClose_nothingMoreIsTold() throws InterruptedException {
    BlockingQueue<SpaceEvent> ended = new LinkedBlockingQueue<>();
    try (Space space = open();
        Subscription _ = space.listen(told::add)) {
      space.listen(ended::add).close();
      space.create(RegionSpec.named("r").bytes(100)).close();
      next();
      assertThat(ended).isEmpty();
    }
  }

  @Test
  void listener_mayUseTheSpaceButNotCloseIt() throws InterruptedException {
    BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
    try (Space space = open();
        Subscription _ =
            space.listen(_ -> {
              try {
                space.regions();
                space.close();
              } catch (IllegalStateException refused) {
                seen.add(refused.getMessage());
              }
            });
        Region _ = space.create(RegionSpec.named("r").bytes(100))) {
      assertThat(String.valueOf(seen.poll(30, TimeUnit.SECONDS))).contains("listener");
    }
  }

  @Test
  void advise_eachAdvice_isTakenOrIgnoredByTheKernel() {
    try (Space space = open();
        Region region = space.create(RegionSpec.named("r").bytes(1 << 20))) {
      for (Platform.Advice advice : Platform.Advice.values()) {
        region.advise(advice);
      }
      region.segment().fill((byte) 1);
      region.close();
      assertThatThrownBy(() -> region.advise(Platform.Advice.NORMAL))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
