package dev.holdfast.resource.config;

import dev.holdfast.region.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.spongepowered.configurate.transformation.ConfigurationTransformation;

/**
 * A record that follows its sources: files, environment, system properties. A change comes into
 * force whole or not at all; what is wrong with it leaves the last good one.
 *
 * <p><b>Sharing</b>: threads. {@link #current} is wait-free; attempts to change come one after the
 * other. <b>Lifetime</b>: {@link Builder#open} refuses to start with a bad configuration; {@link
 * #close} ends the watch and all subscriptions, values that were handed out stay good. <b>Memory
 * effects</b>: what happened before a change came into force happens-before every {@link #current}
 * that returns it. <b>Cost</b>: a read is one volatile load; one virtual thread waits for changes.
 * <b>Errors</b>: {@link ConfigException} with every problem at the start, later {@link
 * ReloadOutcome.Rejected} and {@link #health}.
 *
 * <pre>{@code
 * record App(String greeting, Duration timeout, Pool pool) {}
 * record Pool(int size, Secret password) {}
 *
 * try (var config = ReloadableConfig.of(App.class)
 *     .source(ConfigSource.file(Path.of("app.yaml")))
 *     .source(ConfigSource.environment("APP_"))
 *     .open()) {
 *   int size = config.current().pool().size();
 *   config.onChange(App::timeout, (before, after) -> client.setTimeout(after));
 * }
 * }</pre>
 *
 * @param <T> the record
 */
public final class ReloadableConfig<T extends Record> implements AutoCloseable {
  private final String name;
  private final Pipeline<T> pipeline;
  private final @Nullable Watch watch;

  private ReloadableConfig(String name, Pipeline<T> pipeline, @Nullable Watch watch) {
    this.name = name;
    this.pipeline = pipeline;
    this.watch = watch;
  }

  /**
   * Begins a configuration; the record's components are its keys, {@code maxSize} is written {@code
   * max-size}.
   */
  public static <T extends Record> Builder<T> of(Class<T> type) {
    return new Builder<>(type);
  }

  /** What messages, metrics and events call it. */
  public String name() {
    return name;
  }

  /**
   * The configuration in force. One that is read once and kept for the length of a request cannot
   * change in the middle of it.
   */
  public T current() {
    return pipeline.current().value();
  }

  /**
   * The configuration for a key while a {@link Rollout} is on its way: a customer, a host, a
   * request. Without one, the configuration in force.
   */
  public T currentFor(String key) {
    return pipeline.valueFor(key);
  }

  /** How far a rollout is, while there is one. */
  public Optional<RolloutProgress<T>> rollout() {
    return pipeline.rollout();
  }

  /** Ends a rollout well: its configuration is in force for all. Whether there was one. */
  public boolean promote() {
    return pipeline.promote();
  }

  /** Ends a rollout badly: nobody has its configuration any more. Whether there was one. */
  public boolean abort(String reason) {
    return pipeline.abort(reason);
  }

  /** The configuration in force, with its version and where each value was written. */
  public ConfigSnapshot<T> snapshot() {
    return pipeline.current();
  }

  /** What was in force, the newest first; the present one included. */
  public List<ConfigSnapshot<T>> history() {
    return pipeline.history();
  }

  /**
   * Looks at the sources now, without waiting until they rest. When they still hold what is being
   * rolled out, the rollout's health is asked and the step taken whose time has come; the outcome
   * is then that of the rollout.
   *
   * @throws IllegalStateException if it is closed, or called by a subscriber that is being told
   */
  public ReloadOutcome<T> reload() {
    return pipeline.reload();
  }

  /**
   * Brings an older configuration back into force, under a new version. The sources are not
   * changed: it stays until one of them is, or until {@link #reload}.
   *
   * @throws IllegalArgumentException if the history does not have that version
   */
  public ReloadOutcome<T> rollback(long version) {
    return pipeline.rollBackTo(version);
  }

  /**
   * Takes part in each change, in two phases. It waits for a change that is on its way, and {@link
   * #current} read afterwards is what the next change comes from. Amid a rollout the subscriber
   * prepares for it now; its veto ends the rollout.
   *
   * @throws IllegalStateException if it is closed, or called by a subscriber that is being told
   */
  public Subscription subscribe(ConfigSubscriber<T> subscriber) {
    return pipeline.subscribe(subscriber);
  }

  /**
   * Is told of each change after it came into force, on a virtual thread. Changes that come while
   * {@code listener} is busy are told as one.
   */
  public Subscription onChange(Consumer<ConfigChange<T>> listener) {
    return pipeline.listen(listener);
  }

  /**
   * Is told of the changes of a key and of what is below it.
   *
   * @throws IllegalArgumentException if there is no such key
   */
  public Subscription onChange(String path, Consumer<ConfigChange<T>> listener) {
    pipeline.requireKey(path);
    return pipeline.listen(change -> {
      if (change.touches(path)) {
        listener.accept(change);
      }
    });
  }

  /** Is told when a part is another one: {@code onChange(App::pool, (before, after) -> …)}. */
  public <V> Subscription onChange(
      Function<? super T, ? extends V> part, BiConsumer<? super V, ? super V> listener) {
    return pipeline.listen(change -> {
      V before = part.apply(change.before().value());
      V after = part.apply(change.after().value());
      if (!Objects.equals(before, after)) {
        listener.accept(before, after);
      }
    });
  }

  /** Whether what is in force is what the sources say. */
  public ConfigHealth health() {
    return pipeline.health();
  }

  /** What was counted so far. */
  public ConfigStatistics statistics() {
    return pipeline.statistics();
  }

  /**
   * Ends the watch and all subscriptions; again is fine, and by a subscriber too. A change that is
   * not in force yet comes no more; who prepared for it rolls back. The last configuration can
   * still be read. It waits a second at most for the watch, which a source may keep.
   */
  @Override
  public void close() {
    pipeline.close();
    if (watch != null) {
      watch.close();
    }
  }

  @Override
  public String toString() {
    return "ReloadableConfig[name=%s, %s]".formatted(name, snapshot());
  }

  /**
   * Says where a configuration comes from and how it is treated.
   *
   * @param <T> the record
   */
  public static final class Builder<T extends Record> {
    private final Class<T> type;
    private final Scalars scalars = new Scalars();
    private final List<ConfigSource> sources = new ArrayList<>();
    private final Set<String> profiles = new LinkedHashSet<>();
    private final TreeMap<Integer, ConfigurationTransformation> migrations = new TreeMap<>();
    private final List<ConfigValidator<? super T>> validators = new ArrayList<>();
    private final List<Validation.OfPart<?>> partValidators = new ArrayList<>();
    private String name;
    private @Nullable T defaults;
    private int schemaVersion;
    private boolean refusesUnknownKeys = true;
    private boolean isWatched = true;
    private Duration debounce = Duration.ofMillis(100);
    private Duration poll = Duration.ofSeconds(5);
    private Duration prepareTimeout = Duration.ofSeconds(10);
    private int historySize = 10;
    private Optional<Rollout> rollout = Optional.empty();

    private Builder(Class<T> type) {
      this.type = type;
      this.name = type.getSimpleName();
    }

    /** What messages, metrics and events call it; else the record's name. */
    public Builder<T> name(String theName) {
      name = theName;
      return this;
    }

    /** Adds a source; it wins over those before it. */
    public Builder<T> source(ConfigSource source) {
      sources.add(Objects.requireNonNull(source, "source"));
      return this;
    }

    /**
     * Lays the files of these profiles over each file: with {@code production}, {@code
     * app-production.yaml} over {@code app.yaml}; the later profile wins.
     */
    public Builder<T> profiles(String... names) {
      profiles.addAll(Arrays.asList(names));
      return this;
    }

    /** What holds where no source says anything. */
    public Builder<T> defaults(T values) {
      defaults = values;
      return this;
    }

    /**
     * The version of the files that the record describes, at least 1. Each file says its own with
     * the key {@code version}; one that does not is of version 0.
     */
    public Builder<T> schemaVersion(int version) {
      if (version < 1) {
        throw new IllegalArgumentException("schema version must be positive: version=" + version);
      }
      schemaVersion = version;
      return this;
    }

    /** How a file of version {@code from} becomes one of the next version. */
    public Builder<T> migration(int from, ConfigurationTransformation step) {
      if (migrations.putIfAbsent(from, step) != null) {
        throw new IllegalArgumentException("migration is there already: from=" + from);
      }
      return this;
    }

    /**
     * Checks what the record's own constructors cannot. It sees the whole configuration, so it runs
     * when there is one: when every key could be read.
     */
    public Builder<T> validator(ConfigValidator<? super T> validator) {
      validators.add(validator);
      return this;
    }

    /**
     * Checks a part, whatever is wrong elsewhere, so that all of it is told at once.
     *
     * <pre>{@code
     * builder.validator("database", Database.class, (database, problems) -> {
     *   if (database.poolSize() > 100) {
     *     problems.reject("pool-size", "at most 100");
     *   }
     * });
     * }</pre>
     *
     * @param path its keys as in a file, without indexes: each element of a list, and each value of
     *     a map, is a part of its own
     * @param part the class of the component or of the elements
     */
    public <V> Builder<T> validator(
        String path, Class<V> part, ConfigValidator<? super V> validator) {
      partValidators.add(Validation.OfPart.of(path, part, validator));
      return this;
    }

    /**
     * Makes a type known that is written as one text.
     *
     * @param expectation what the text must be, for people: {@code a colour such as #ff8800}
     * @param parse what it throws refuses the text
     */
    public <V> Builder<T> type(Class<V> scalar, String expectation, Function<String, V> parse) {
      scalars.add(scalar, expectation, parse::apply);
      return this;
    }

    /** Keys that the record does not have are warnings, not problems. */
    public Builder<T> warnOnUnknownKeys() {
      refusesUnknownKeys = false;
      return this;
    }

    /** How long sources must rest before they are read: 100 ms. */
    public Builder<T> debounce(Duration quiet) {
      debounce = positive("debounce", quiet);
      return this;
    }

    /** How often to look where nobody tells of changes, as on network file systems: 5 s. */
    public Builder<T> poll(Duration interval) {
      poll = positive("poll", interval);
      return this;
    }

    /** Changes, and the steps of a rollout, come with {@link ReloadableConfig#reload} only. */
    public Builder<T> withoutWatch() {
      isWatched = false;
      return this;
    }

    /** How long subscribers may take to prepare, and again to commit: 10 s. */
    public Builder<T> prepareTimeout(Duration timeout) {
      prepareTimeout = positive("prepareTimeout", timeout);
      return this;
    }

    /** How many configurations {@link ReloadableConfig#history} keeps: 10. */
    public Builder<T> historySize(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("history needs a place: historySize=" + count);
      }
      historySize = count;
      return this;
    }

    /** Changes come into force by and by; a return to an older configuration still at once. */
    public Builder<T> rollout(Rollout steps) {
      rollout = Optional.of(steps);
      return this;
    }

    /**
     * Reads the sources and begins to watch them.
     *
     * @throws ConfigException if they are no good; it lists everything that is wrong
     * @throws IllegalArgumentException if the record cannot be a configuration, or a migration is
     *     missing
     */
    public ReloadableConfig<T> open() {
      Pipeline<T> pipeline = pipeline();
      Watch watch = isWatched ? new Watch(name, pipeline, debounce, poll) : null;
      return new ReloadableConfig<>(name, pipeline, watch);
    }

    /** Everything that is wrong with the sources as they are now; nothing is opened. */
    public List<ConfigProblem> validate() {
      Loader<T> loader = loader();
      return loader.load(loader.read()).problems();
    }

    Pipeline<T> pipeline() {
      return new Pipeline<>(
          name, loader(), new PipelineSettings(prepareTimeout, historySize, rollout));
    }

    private Loader<T> loader() {
      RecordShape shape = new ShapeReader(scalars).read(type);
      Validation<T> validation =
          new Validation<T>(List.copyOf(validators), List.copyOf(partValidators));
      sources.forEach(source -> source.requireFits(shape));
      validation.requireFits(shape);
      requireNoVersion(shape);
      return new Loader<>(
          type,
          shape,
          List.copyOf(sources),
          List.copyOf(profiles),
          new Migrations(schemaVersion, new TreeMap<>(migrations)),
          validation,
          defaults,
          refusesUnknownKeys);
    }

    private void requireNoVersion(RecordShape shape) {
      if (schemaVersion > 0 && shape.keys().contains(Migrations.KEY)) {
        throw new IllegalArgumentException(
            "key is that of the file's version: record=%s, key=%s; rename the component"
                .formatted(type.getName(), Migrations.KEY));
      }
    }

    private static Duration positive(String what, Duration duration) {
      if (duration.isNegative() || duration.isZero()) {
        throw new IllegalArgumentException("must be positive: %s=%s".formatted(what, duration));
      }
      return duration;
    }
  }
}
