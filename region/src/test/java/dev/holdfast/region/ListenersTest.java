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
  void tell_eventStillBeingWritten_isAwaitedAndToldInOrder() {
    try (Space space = openQuiet()) {
      Listeners listeners = new Listeners(space.member().events);
      var _ = listeners.add(told::add);
      long unfinished = recordUnfinished(space, "first");
      record(space, "second");
      listeners.tell();
      assertThat(told).isEmpty();
      publish(space, unfinished);
      listeners.tell();
      assertThat(told).extracting(SpaceEvent::text).containsExactly("first", "second");
      listeners.tell();
      assertThat(told).hasSize(2);
    }
  }

  @Test
  void tell_eventWhoseWriterDied_isPassedOver() {
    try (Space space = openQuiet()) {
      Listeners listeners = new Listeners(space.member().events);
      var _ = listeners.add(told::add);
      recordUnfinished(space, "first");
      recordUnfinished(space, "second");
      record(space, "third");
      recordUnfinished(space, "fourth");
      listeners.tell();
      listeners.tell();
      record(space, "fifth");
      listeners.tell();
      listeners.tell();
      assertThat(told).extracting(SpaceEvent::text).containsExactly("third", "fifth");
    }
  }

  private static void record(Space space, String text) {
    space.member().record(SpaceEvent.Kind.REPAIRED, 0, 0, text);
  }

  /** Stops before the last store: what others see of a writer that is at work, or died. */
  private static long recordUnfinished(Space space, String text) {
    record(space, text);
    long sequence = space.member().events.last();
    setSequence(space, sequence, 0);
    return sequence;
  }

  private static void publish(Space space, long sequence) {
    setSequence(space, sequence, sequence);
  }

  private static void setSequence(Space space, long sequence, long value) {
    ControlSegment segment = space.member().segment;
    segment.words().set(segment.event(sequence - 1) + EventLayout.SEQUENCE, value);
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
