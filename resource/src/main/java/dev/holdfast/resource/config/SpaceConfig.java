package dev.holdfast.resource.config;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import dev.holdfast.region.Subscription;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The limits of a space as a configuration: in force for every participant, in whatever language,
 * as soon as the file says so. The command line's {@code holdfast config} speaks the same keys.
 *
 * <pre>{@code
 * // space.yaml:   region-bytes: 4G
 * //               sweep-interval: 30s
 * var config = SpaceConfig.of(space).source(ConfigSource.file(Path.of("space.yaml"))).open();
 * SpaceConfig.follow(config, space);
 * }</pre>
 *
 * @param spaceBytes shared memory of all regions together
 * @param regionBytes shared memory of one region
 * @param participantBytes shared memory of the regions that one participant owns
 * @param regions how many regions; at most what the space was created for
 * @param participants how many participants; at most what the space was created for
 * @param sweepInterval how often each participant looks for what the dead left behind
 */
public record SpaceConfig(
    ByteSize spaceBytes,
    ByteSize regionBytes,
    ByteSize participantBytes,
    int regions,
    int participants,
    Duration sweepInterval) {

  /** A configuration whose defaults are those of a new space. */
  public static ReloadableConfig.Builder<SpaceConfig> defaults() {
    return builder(Limits.DEFAULT);
  }

  /** A configuration whose defaults are what is in force in a space now, checked against it. */
  public static ReloadableConfig.Builder<SpaceConfig> of(Space space) {
    return builder(space.usage().limits())
        .validator((config, problems) -> {
          if (problems.isEmpty()) {
            refuse(problems, () -> space.checkLimits(config.limits()));
          }
        });
  }

  /** These limits as a configuration. */
  public static SpaceConfig of(Limits limits) {
    return new SpaceConfig(
        new ByteSize(limits.spaceBytes()),
        new ByteSize(limits.regionBytes()),
        new ByteSize(limits.participantBytes()),
        limits.regions(),
        limits.participants(),
        limits.sweepInterval());
  }

  /**
   * Brings a configuration into force in a space, now and with each change; vetoes what the space
   * was not created for.
   *
   * @throws IllegalArgumentException if the present one already is beyond that
   */
  public static Subscription follow(ReloadableConfig<SpaceConfig> config, Space space) {
    space.checkLimits(config.current().limits());
    Subscription subscription = config.subscribe(new Follower(space));
    space.changeLimits(config.current().limits());
    return subscription;
  }

  /**
   * This configuration as limits.
   *
   * @throws IllegalArgumentException if one is not positive or beyond what the layout can hold
   */
  public Limits limits() {
    return new Limits(
        spaceBytes.bytes(),
        regionBytes.bytes(),
        participantBytes.bytes(),
        regions,
        participants,
        sweepInterval);
  }

  private static ReloadableConfig.Builder<SpaceConfig> builder(Limits limits) {
    Limits good = Limits.DEFAULT;
    return ReloadableConfig.of(SpaceConfig.class)
        .name("space")
        .defaults(of(limits))
        .validator("space-bytes", ByteSize.class, each(size -> good.withSpaceBytes(size.bytes())))
        .validator("region-bytes", ByteSize.class, each(size -> good.withRegionBytes(size.bytes())))
        .validator(
            "participant-bytes",
            ByteSize.class,
            each(size -> good.withParticipantBytes(size.bytes())))
        .validator("regions", int.class, each(good::withRegions))
        .validator("participants", int.class, each(good::withParticipants))
        .validator("sweep-interval", Duration.class, each(good::withSweepInterval));
  }

  /** By itself, so that each is told with its own line. */
  private static <V> ConfigValidator<V> each(Function<V, Limits> limit) {
    return (value, problems) -> refuse(problems, () -> limit.apply(value));
  }

  private static void refuse(ConfigProblems problems, Supplier<?> check) {
    try {
      var _ = check.get();
    } catch (IllegalArgumentException e) {
      problems.reject("", e);
    }
  }

  /** Changes the limits of a space. */
  private record Follower(Space space) implements ConfigSubscriber<SpaceConfig> {
    @Override
    public void prepare(ConfigChange<SpaceConfig> change) {
      var _ = space.checkLimits(change.after().value().limits());
    }

    @Override
    public void commit(ConfigChange<SpaceConfig> change) {
      space.changeLimits(change.after().value().limits());
    }

    @Override
    public String toString() {
      return "space " + space.name();
    }
  }
}
