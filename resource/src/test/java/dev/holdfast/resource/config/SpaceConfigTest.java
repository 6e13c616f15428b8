package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SpaceConfigTest extends ConfigTest {
  private final Limits limits = Limits.DEFAULT.withRegions(64).withParticipants(8);

  @Test
  void space_followsItsFile_everyParticipantSeesIt() {
    Path file = write("space.yaml", "region-bytes: 2G\n");
    try (Space space = open();
        Space other = open();
        ReloadableConfig<SpaceConfig> config =
            SpaceConfig.of(space)
                .debounce(Duration.ofMillis(10))
                .source(ConfigSource.file(file))
                .open()) {
      SpaceConfig.follow(config, space);
      assertThat(other.usage().limits()).isEqualTo(limits.withRegionBytes(2L << 30));
      replace("space.yaml", "region-bytes: 3G\nregions: 10\nsweep-interval: 30s\n");
      Limits wanted =
          limits
              .withRegionBytes(3L << 30)
              .withRegions(10)
              .withSweepInterval(Duration.ofSeconds(30));
      await("the limits", () -> other.usage().limits().equals(wanted));
      replace("space.yaml", "region-bytes: 0\nparticipants: 2000\n");
      await("a refusal", () -> config.health().status() == ConfigHealth.Status.DEGRADED);
      assertThat(config.health().problems())
          .extracting(ConfigProblem::toString)
          .containsExactly(
              file + ":1: region-bytes: limit must be positive: regionBytes=0",
              file + ":2: participants: limit out of range: participants=2000, allowed=1..1024");
      assertThat(other.usage().limits()).isEqualTo(wanted);
      replace("space.yaml", "regions: 65\n");
      await(
          "a refusal for the capacity",
          () -> config.health().problems().toString().contains("regions=65 (created for 64)"));
      assertThat(other.usage().limits()).isEqualTo(wanted);
    }
  }

  @Test
  void validate_oneIsNoNumberAndOneIsOutOfRange_tellsBoth() {
    Path file = write("space.yaml", "regions: many\nregion-bytes: 0\n");
    assertThat(SpaceConfig.defaults().source(ConfigSource.file(file)).validate())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            file
                + ":1: regions: value=many, expected=a whole number from -2147483648 to 2147483647",
            file + ":2: region-bytes: limit must be positive: regionBytes=0");
  }

  @Test
  void follow_beyondTheCapacity_isRefusedAtFirst_thenAVeto() {
    AtomicReference<String> text = new AtomicReference<>("regions: 65");
    try (Space space = open();
        ReloadableConfig<SpaceConfig> config =
            SpaceConfig.defaults()
                .withoutWatch()
                .source(ConfigSource.values("participants", Map.of("participants", "8")))
                .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
                .open()) {
      assertThatThrownBy(() -> SpaceConfig.follow(config, space))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("regions=65 (created for 64)");
      text.set("regions: 63");
      applied(config.reload());
      SpaceConfig.follow(config, space);
      assertThat(space.usage().limits().regions()).isEqualTo(63);
      text.set("regions: 127");
      assertThat(rejected(config.reload()))
          .singleElement()
          .asString()
          .contains("subscriber=space config-test", "regions=127 (created for 64)");
      assertThat(space.usage().limits().regions()).isEqualTo(63);
    }
  }

  @Test
  void follow_othersChangeWhatDoesNotChangeInTheFile_stays() {
    AtomicReference<String> text = new AtomicReference<>("sweep-interval: 20s");
    try (Space space = open();
        Space other = open();
        ReloadableConfig<SpaceConfig> config = of(space, text)) {
      other.changeLimits(seen -> seen.withRegions(7));
      SpaceConfig.follow(config, space);
      Limits wanted = limits.withRegions(7).withSweepInterval(Duration.ofSeconds(20));
      assertThat(other.usage().limits()).isEqualTo(wanted);
      other.changeLimits(seen -> seen.withSweepInterval(Duration.ofSeconds(1)).withRegions(8));
      text.set("sweep-interval: 20s\nregion-bytes: 2G");
      applied(config.reload());
      wanted = other.usage().limits();
      assertThat(wanted)
          .isEqualTo(
              limits
                  .withRegions(8)
                  .withSweepInterval(Duration.ofSeconds(1))
                  .withRegionBytes(2L << 30));
      text.set("sweep-interval: 25s\nregion-bytes: 2G");
      applied(config.reload());
      assertThat(other.usage().limits())
          .isEqualTo(wanted.withSweepInterval(Duration.ofSeconds(25)));
    }
  }

  @Test
  void follow_aLineIsTakenOut_whatHeldWhenTheConfigurationWasOpenedHoldsAgain() {
    AtomicReference<String> text = new AtomicReference<>("regions: 10\nparticipants: 4");
    try (Space space = open();
        ReloadableConfig<SpaceConfig> config = of(space, text)) {
      SpaceConfig.follow(config, space);
      text.set("participants: 4");
      applied(config.reload());
      assertThat(space.usage().limits()).isEqualTo(limits.withParticipants(4));
    }
  }

  @Test
  void follow_aKeyComesWithTheValueOfItsDefault_whatOthersSetStays() {
    AtomicReference<String> text = new AtomicReference<>("participants: 4");
    try (Space space = open();
        ReloadableConfig<SpaceConfig> config = of(space, text)) {
      SpaceConfig.follow(config, space);
      space.changeLimits(seen -> seen.withRegions(7));
      text.set("participants: 4\nregions: 64");
      assertThat(config.reload()).isInstanceOf(ReloadOutcome.Unchanged.class);
      assertThat(space.usage().limits()).isEqualTo(limits.withParticipants(4).withRegions(7));
    }
  }

  @Test
  void follow_defaultsBeyondTheCapacity_areNotBroughtIntoForce() {
    try (Space space = open();
        ReloadableConfig<SpaceConfig> config =
            SpaceConfig.defaults()
                .source(ConfigSource.values("t", Map.of("region-bytes", "2G")))
                .open()) {
      assertThat(config.current().regions()).isGreaterThan(limits.regions());
      SpaceConfig.follow(config, space);
      assertThat(space.usage().limits()).isEqualTo(limits.withRegionBytes(2L << 30));
    }
  }

  @Test
  void follow_aChangeIsUnderWay_isBroughtIntoForceToo() throws Exception {
    AtomicReference<String> text = new AtomicReference<>("regions: 10");
    CountDownLatch isAsked = new CountDownLatch(1);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    try (Space space = open();
        ReloadableConfig<SpaceConfig> config = of(space, text)) {
      config.subscribe(
          new ConfigSubscriber<>() {
            @Override
            public void prepare(ConfigChange<SpaceConfig> change) throws InterruptedException {
              isAsked.countDown();
              mayAnswer.await();
            }

            @Override
            public void commit(ConfigChange<SpaceConfig> change) {}
          });
      text.set("regions: 11");
      Thread changer = Thread.ofPlatform().start(config::reload);
      await("the change is under way", () -> isAsked.getCount() == 0);
      Thread follower = Thread.ofPlatform().start(() -> SpaceConfig.follow(config, space));
      await(
          "it follows, or waits until the change is over",
          () -> !follower.isAlive() || follower.getState() == Thread.State.WAITING);
      mayAnswer.countDown();
      await("both are done", () -> !changer.isAlive() && !follower.isAlive());
      assertThat(config.current().regions()).isEqualTo(11);
      await("the change is in force", () -> space.usage().limits().regions() == 11);
    }
  }

  @Test
  void follow_isClosed_changesNothingMore() {
    AtomicReference<String> text = new AtomicReference<>("regions: 10");
    try (Space space = open();
        ReloadableConfig<SpaceConfig> config = of(space, text)) {
      SpaceConfig.follow(config, space).close();
      assertThat(config.statistics().subscribers()).isZero();
      text.set("regions: 11");
      applied(config.reload());
      assertThat(space.usage().limits().regions()).isEqualTo(10);
    }
  }

  private static ReloadableConfig<SpaceConfig> of(Space space, AtomicReference<String> text) {
    return SpaceConfig.of(space)
        .withoutWatch()
        .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
        .open();
  }

  /** The last one to leave removes the space. */
  private Space open() {
    return closing(
        Space.open(SpaceSpec.named("config-test").under(directory.resolve("root")).limits(limits)));
  }
}
