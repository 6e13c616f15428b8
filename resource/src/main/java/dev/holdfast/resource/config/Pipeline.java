package dev.holdfast.resource.config;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The one way into force: build → compare → prepare → swap → commit → notify, one attempt at a
 * time. A problem at any step leaves what is in force.
 */
final class Pipeline<T> {
  private static final System.Logger LOG = System.getLogger(Pipeline.class.getName());

  private final String name;
  private final Loader<T> loader;
  private final Subscribers<T> subscribers;
  private final Duration prepareTimeout;
  private final int historySize;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<ConfigSnapshot<T>> history = new ArrayDeque<>(); // newest first
  private final Counts counts = new Counts();
  private volatile ConfigSnapshot<T> current;
  private volatile String attempted;
  private volatile List<ConfigProblem> problems = List.of();
  private long lastVersion = 1;

  Pipeline(String name, Loader<T> loader, Duration prepareTimeout, int historySize) {
    this.name = name;
    this.loader = loader;
    this.subscribers = new Subscribers<>(name);
    this.prepareTimeout = prepareTimeout;
    this.historySize = historySize;
    Reading reading = loader.read();
    Loader.Loaded<T> loaded = loader.load(reading);
    T value = loaded.value().orElseThrow(() -> new ConfigException(name, loaded.problems()));
    this.current = snapshot(1, value, reading.fingerprint(), loaded);
    this.attempted = reading.fingerprint();
    history.addFirst(current);
  }

  ConfigSnapshot<T> current() {
    return current;
  }

  Subscribers<T> subscribers() {
    return subscribers;
  }

  Loader<T> loader() {
    return loader;
  }

  /** The fingerprint of what was looked at last, whatever came of it. */
  String attempted() {
    return attempted;
  }

  List<ConfigSnapshot<T>> history() {
    return locked(() -> List.copyOf(history));
  }

  /** What changes between two snapshots. */
  ConfigChange<T> change(ConfigSnapshot<T> before, ConfigSnapshot<T> after) {
    return new ConfigChange<>(
        before, after, Flat.differences(loader.shape(), before.value(), after.value()));
  }

  Subscription listen(Consumer<ConfigChange<T>> listener) {
    return locked(() -> {
      Listener<T> added =
          new Listener<>(listener, this::change, current, subscribers.mailbox(), subscribers);
      subscribers.add(added);
      return added;
    });
  }

  /**
   * @throws IllegalArgumentException if there is no such key
   */
  void requireKey(String path) {
    if (loader.shape().at(path).isEmpty()) {
      throw new IllegalArgumentException(
          "no such key: config=%s, path=%s%s"
              .formatted(name, path, Findings.didYouMean(path, loader.shape().keys())));
    }
  }

  /** Brings a reading into force if it differs and is good. */
  ReloadOutcome<T> offer(Reading reading) {
    return attempt(reading.fingerprint(), () -> tryReading(reading));
  }

  /** Brings an older configuration back into force. */
  ReloadOutcome<T> rollBackTo(long version) {
    return attempt(attempted, () -> tryOlder(version));
  }

  ConfigHealth health() {
    List<ConfigProblem> now = problems;
    ConfigSnapshot<T> snapshot = current;
    return new ConfigHealth(
        now.isEmpty() ? ConfigHealth.Status.UP : ConfigHealth.Status.DEGRADED,
        snapshot.version(),
        snapshot.since(),
        now);
  }

  ConfigStatistics statistics() {
    return locked(() -> counts.with(subscribers));
  }

  private ReloadOutcome<T> attempt(String fingerprint, Supplier<ReloadOutcome<T>> step) {
    if (subscribers.isCalling()) {
      throw new IllegalStateException(
          "configuration cannot be reloaded by a subscriber that is being told: config=" + name);
    }
    return locked(() -> {
      ConfigReloadEvent event = new ConfigReloadEvent();
      event.begin();
      long begin = System.nanoTime();
      ReloadOutcome<T> outcome = step.get();
      attempted = fingerprint;
      counts.add(outcome, System.nanoTime() - begin);
      record(event, outcome, fingerprint);
      return outcome;
    });
  }

  private ReloadOutcome<T> tryReading(Reading reading) {
    if (reading.fingerprint().equals(current.fingerprint())) {
      problems = List.of();
      return new ReloadOutcome.Unchanged<>(current);
    }
    Loader.Loaded<T> loaded = loader.load(reading);
    if (loaded.value().isEmpty()) {
      return reject(loaded.problems());
    }
    T value = loaded.value().get();
    if (value.equals(current.value())) {
      current = current.with(reading.fingerprint(), loaded.warnings(), loaded.entries());
      problems = List.of();
      return new ReloadOutcome.Unchanged<>(current);
    }
    return install(snapshot(++lastVersion, value, reading.fingerprint(), loaded));
  }

  private ReloadOutcome<T> tryOlder(long version) {
    ConfigSnapshot<T> older =
        history.stream()
            .filter(each -> each.version() == version)
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "version is not in the history: config=%s, version=%d, known=%s"
                        .formatted(
                            name,
                            version,
                            history.stream().map(ConfigSnapshot::version).toList())));
    if (older.value().equals(current.value())) {
      return new ReloadOutcome.Unchanged<>(current);
    }
    ReloadOutcome<T> outcome =
        install(
            new ConfigSnapshot<>(
                ++lastVersion,
                older.value(),
                Instant.now(),
                older.fingerprint(),
                older.entries(),
                older.warnings()));
    if (outcome instanceof ReloadOutcome.Applied) {
      counts.rollbacks++;
    }
    return outcome;
  }

  private ReloadOutcome<T> install(ConfigSnapshot<T> next) {
    ConfigChange<T> change = change(current, next);
    Subscribers<T>.Round round = subscribers.ask(change, prepareTimeout);
    List<String> vetoes = round.vetoes();
    if (!vetoes.isEmpty()) {
      round.rollback();
      counts.vetoed++;
      return reject(vetoes.stream().map(this::veto).toList());
    }
    current = next;
    problems = List.of();
    remember(next);
    round.commit();
    subscribers.tell(next);
    return new ReloadOutcome.Applied<>(change);
  }

  private void remember(ConfigSnapshot<T> snapshot) {
    history.addFirst(snapshot);
    while (history.size() > historySize) {
      history.removeLast();
    }
  }

  private ReloadOutcome<T> reject(List<ConfigProblem> why) {
    problems = why;
    StringBuilder text =
        new StringBuilder(
            "configuration refused, the last good one stays: config=%s".formatted(name));
    why.forEach(problem -> text.append("\n  ").append(problem));
    LOG.log(System.Logger.Level.WARNING, text.toString());
    return new ReloadOutcome.Rejected<>(current, why);
  }

  private ConfigProblem veto(String reason) {
    return new ConfigProblem(ConfigProblem.Stage.PREPARE, name, 0, "", "", reason);
  }

  private static <T> ConfigSnapshot<T> snapshot(
      long version, T value, String fingerprint, Loader.Loaded<T> loaded) {
    return new ConfigSnapshot<>(
        version, value, Instant.now(), fingerprint, loaded.entries(), loaded.warnings());
  }

  private void record(ConfigReloadEvent event, ReloadOutcome<T> outcome, String fingerprint) {
    event.end();
    if (!event.shouldCommit()) {
      return;
    }
    event.config = name;
    event.fingerprint = fingerprint;
    event.version = current.version();
    event.outcome = outcome.getClass().getSimpleName();
    switch (outcome) {
      case ReloadOutcome.Applied<T>(ConfigChange<T> change) -> event.changedKeys = keys(change);
      case ReloadOutcome.RollingOut<T>(ConfigChange<T> change) -> event.changedKeys = keys(change);
      case ReloadOutcome.Rejected<T> rejected -> event.problems = rejected.problems().size();
      case ReloadOutcome.Unchanged<T> _ -> {}
    }
    event.commit();
  }

  private String keys(ConfigChange<T> change) {
    return String.join(", ", change.differences().stream().map(ConfigDifference::path).toList());
  }

  private <R> R locked(Supplier<R> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }

  /** Under the pipeline's lock. */
  private static final class Counts {
    private long applied;
    private long unchanged;
    private long rejected;
    private long vetoed;
    private long rollbacks;
    private long nanos;

    void add(ReloadOutcome<?> outcome, long nanosOfIt) {
      nanos += nanosOfIt;
      switch (outcome) {
        case ReloadOutcome.Applied<?> _, ReloadOutcome.RollingOut<?> _ -> applied++;
        case ReloadOutcome.Unchanged<?> _ -> unchanged++;
        case ReloadOutcome.Rejected<?> _ -> rejected++;
      }
    }

    ConfigStatistics with(Subscribers<?> subscribers) {
      return new ConfigStatistics(
          applied,
          unchanged,
          rejected,
          vetoed,
          rollbacks,
          subscribers.failures(),
          subscribers.count(),
          applied + unchanged + rejected,
          Duration.ofNanos(nanos));
    }
  }
}
