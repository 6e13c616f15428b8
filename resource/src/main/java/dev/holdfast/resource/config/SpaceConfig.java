package dev.holdfast.resource.config;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import dev.holdfast.region.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The limits of a space as a configuration: in force for every participant, in whatever language,
 * as soon as the file says so. The command line's {@code holdfast config} speaks the same keys.
 *
 * <p>These are all that can be changed while a space lives. How many regions and participants it
 * can have at most sizes its control segment, which everybody has mapped. Policies are each
 * region's own ({@link dev.holdfast.region.RegionSpec}) and fixed with it: they stand in its entry,
 * under its checksum, and are read without a lock, also by who recovers a dead participant. The
 * time-out, the label and the leak detection of a {@link dev.holdfast.region.SpaceSpec} are each
 * participant's own.
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

  /** Each key, and how it makes limits have there what others have. */
  private static final Map<String, BinaryOperator<Limits>> KEYS =
      Map.of(
          "space-bytes", (to, from) -> to.withSpaceBytes(from.spaceBytes()),
          "region-bytes", (to, from) -> to.withRegionBytes(from.regionBytes()),
          "participant-bytes", (to, from) -> to.withParticipantBytes(from.participantBytes()),
          "regions", (to, from) -> to.withRegions(from.regions()),
          "participants", (to, from) -> to.withParticipants(from.participants()),
          "sweep-interval", (to, from) -> to.withSweepInterval(from.sweepInterval()));

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
   * was not created for. Now only what a source names is changed, later only what differs from the
   * configuration before: whatever else others change in the space stays. What no source names any
   * more goes back to its default; a key that a source names anew with the value of its default is
   * no difference, so what others set there stays.
   *
   * @throws IllegalArgumentException if the present one already is beyond that
   */
  public static Subscription follow(ReloadableConfig<SpaceConfig> config, Space space) {
    Follower follower = new Follower(space);
    Subscription votes = config.subscribe(follower);
    try {
      follower.bringIntoForce(config.snapshot());
      return votes;
    } catch (Throwable e) {
      votes.close();
      throw e;
    }
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

  /** Changes the limits of a space, and of those only what the configuration says. */
  private static final class Follower implements ConfigSubscriber<SpaceConfig> {
    private final Space space;
    private Optional<ConfigSnapshot<SpaceConfig>> followed = Optional.empty(); // guarded by this

    Follower(Space space) {
      this.space = space;
    }

    @Override
    public synchronized void prepare(ConfigChange<SpaceConfig> change) {
      var _ = space.checkLimits(stepTo(change.after()).apply(space.usage().limits()));
    }

    @Override
    public void commit(ConfigChange<SpaceConfig> change) {
      bringIntoForce(change.after());
    }

    /** Once; and nothing after a later one. */
    synchronized void bringIntoForce(ConfigSnapshot<SpaceConfig> next) {
      if (followed.isEmpty() || followed.get().version() < next.version()) {
        space.changeLimits(stepTo(next));
        followed = Optional.of(next);
      }
    }

    private UnaryOperator<Limits> stepTo(ConfigSnapshot<SpaceConfig> next) {
      Limits wanted = next.value().limits();
      List<BinaryOperator<Limits>> keys =
          followed
              .map(before -> differing(before.value().limits(), wanted))
              .orElseGet(() -> named(next));
      return limits -> {
        Limits changed = limits;
        for (BinaryOperator<Limits> key : keys) {
          changed = key.apply(changed, wanted);
        }
        return changed;
      };
    }

    private static List<BinaryOperator<Limits>> named(ConfigSnapshot<SpaceConfig> config) {
      return config.entries().stream()
          .filter(entry -> !entry.origin().equals("default"))
          .map(entry -> Objects.requireNonNull(KEYS.get(entry.path())))
          .toList();
    }

    private static List<BinaryOperator<Limits>> differing(Limits before, Limits after) {
      return KEYS.values().stream()
          .filter(key -> !key.apply(before, after).equals(before))
          .toList();
    }

    @Override
    public String toString() {
      return "space " + space.name();
    }
  }
}
