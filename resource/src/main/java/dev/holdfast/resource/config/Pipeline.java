package dev.holdfast.resource.config;

import dev.holdfast.region.Subscription;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one way into force: build → compare → prepare → swap → commit → notify, one attempt at a
 * time. A problem at any step leaves what is in force.
 *
 * <p><b>Ordering</b>: everything below is written under the lock and read without it, so that a
 * subscriber that is being called may look. {@code current} is stored before commit and notify: who
 * is told sees it.
 */
final class Pipeline<T> {
  private static final System.Logger LOG = System.getLogger(Pipeline.class.getName());

  private final String name;
  private final Loader<T> loader;
  private final PipelineSettings settings;
  private final Subscribers<T> subscribers;
  private final Counts counts = new Counts();
  private final ReentrantLock lock = new ReentrantLock();
  private final Object closing = new Object(); // held for a few stores only, inside the lock
  private volatile ConfigSnapshot<T> current;
  private volatile List<ConfigSnapshot<T>> history; // newest first
  private volatile String attempted;
  private volatile List<ConfigProblem> problems = List.of();
  private volatile @Nullable Candidate<T> candidate;
  private volatile boolean isClosed; // written under closing
  private long lastVersion = 1; // guarded by lock

  Pipeline(String name, Loader<T> loader, PipelineSettings settings) {
    this.name = name;
    this.loader = loader;
    this.settings = settings;
    this.subscribers = new Subscribers<>(name);
    Reading reading = loader.read();
    Loader.Loaded<T> loaded = loader.load(reading);
    T value = loaded.value().orElseThrow(() -> new ConfigException(name, loaded.problems()));
    this.current = snapshot(1, value, reading, loaded);
    this.history = List.of(current);
    this.attempted = reading.fingerprint();
  }

  ConfigSnapshot<T> current() {
    return current;
  }

  T valueFor(String key) {
    Candidate<T> trial = candidate;
    return trial == null ? current.value() : trial.valueFor(key);
  }

  List<ConfigSnapshot<T>> history() {
    return history;
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
    return counts.with(subscribers);
  }

  /**
   * Between two changes, so that who looks at {@link #current} afterwards misses none; one that is
   * being rolled out is prepared now. A veto ends it.
   */
  Subscription subscribe(ConfigSubscriber<T> subscriber) {
    requireNotCalledBySubscriber();
    return locked(() -> {
      requireOpen();
      Participant<T> added = subscribers.add(subscriber);
      Candidate<T> trial = candidate;
      if (trial != null) {
        trial
            .round()
            .join(added)
            .ifPresent(veto -> {
              counts.vetoed.incrementAndGet();
              dropCandidate("vetoed");
              reject(List.of(problem(ConfigProblem.Stage.PREPARE, veto)));
            });
      }
      return added;
    });
  }

  Subscription listen(Consumer<ConfigChange<T>> listener) {
    requireOpen();
    Listener<T> added =
        new Listener<>(listener, this::change, current, subscribers.mailbox(), subscribers);
    subscribers.add(added);
    added.tell(current); // a change since the line before was told to nobody
    if (isClosed) {
      added.close();
    }
    return added;
  }

  /**
   * @throws IllegalArgumentException if there is no such key
   */
  void requireKey(String path) {
    if (RecordShape.at(loader.shape(), path).isEmpty()) {
      throw new IllegalArgumentException(
          "no such key: config=%s, path=%s%s"
              .formatted(name, path, Findings.didYouMean(path, loader.shape().keys())));
    }
  }

  /** Brings what the sources hold now into force, if it differs and is good. */
  ReloadOutcome<T> reload() {
    Candidate<T> before = candidate;
    ReloadOutcome<T> outcome = attempt(() -> offer(loader.read()));
    if (before != null
        && outcome instanceof ReloadOutcome.RollingOut<T>(ConfigChange<T> now)
        && now.after().version() == before.change().after().version()) {
      advance(before, System.nanoTime()); // there may be no watch to do it
      return outcome(before);
    }
    return outcome;
  }

  /** What became of a rollout by now. */
  private ReloadOutcome<T> outcome(Candidate<T> trial) {
    if (trial.equals(candidate)) {
      return new ReloadOutcome.RollingOut<>(trial.change());
    }
    if (current.version() == trial.change().after().version()) {
      return new ReloadOutcome.Applied<>(trial.change());
    }
    List<ConfigProblem> why = problems;
    return new ReloadOutcome.Rejected<>(
        current,
        why.isEmpty()
            ? List.of(problem(ConfigProblem.Stage.ROLLOUT, "the rollout has ended meanwhile"))
            : why);
  }

  /** The same, if the sources still hold what came to rest; else nothing is done. */
  boolean reloadSettled(String fingerprint) {
    return locked(() -> {
      Reading reading = loader.read();
      boolean isSame = reading.fingerprint().equals(fingerprint);
      if (isSame) {
        attempt(() -> offer(reading));
      }
      return isSame;
    });
  }

  /** Brings an older configuration back into force, at once for all. */
  ReloadOutcome<T> rollBackTo(long version) {
    requireNotCalledBySubscriber();
    return locked(() -> {
      ConfigSnapshot<T> older = inHistory(version);
      return attempt(() -> offerOlder(older));
    });
  }

  private ReloadOutcome<T> attempt(Supplier<ReloadOutcome<T>> step) {
    requireNotCalledBySubscriber();
    return locked(() -> {
      requireOpen();
      ConfigReloadEvent event = new ConfigReloadEvent();
      event.begin();
      long begin = System.nanoTime();
      ReloadOutcome<T> outcome = tryOnce(step);
      counts.add(outcome, System.nanoTime() - begin);
      event.record(name, attempted, current.version(), outcome);
      return outcome;
    });
  }

  /** What nobody foresaw is a refusal too: it is counted, and health says so. */
  private ReloadOutcome<T> tryOnce(Supplier<ReloadOutcome<T>> step) {
    try {
      return step.get();
    } catch (Throwable e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "attempt to change configuration %s failed".formatted(name),
          e);
      return reject(List.of(problem(ConfigProblem.Stage.VALIDATE, "the attempt failed: " + e)));
    }
  }

  private ReloadOutcome<T> offer(Reading reading) {
    attempted = reading.fingerprint();
    Candidate<T> trial = candidate;
    if (trial != null && trial.isOf(reading)) {
      return new ReloadOutcome.RollingOut<>(trial.change());
    }
    if (reading.fingerprint().equals(current.fingerprint())) {
      return unchanged(current);
    }
    Loader.Loaded<T> loaded = loader.load(reading);
    if (loaded.value().isEmpty()) {
      return reject(loaded.problems());
    }
    T value = loaded.value().get();
    if (value.equals(current.value())) {
      return unchanged(current.with(reading.fingerprint(), loaded));
    }
    return install(snapshot(++lastVersion, value, reading, loaded), settings.rollout());
  }

  private ReloadOutcome<T> offerOlder(ConfigSnapshot<T> older) {
    if (older.value().equals(current.value())) {
      dropCandidate("superseded");
      return new ReloadOutcome.Unchanged<>(current); // the sources may still say something else
    }
    ReloadOutcome<T> outcome = install(older.again(++lastVersion), Optional.empty());
    if (outcome instanceof ReloadOutcome.Applied) {
      counts.rollbacks.incrementAndGet();
    }
    return outcome;
  }

  /** The sources say what is in force; a candidate is not what they say any more. */
  private ReloadOutcome<T> unchanged(ConfigSnapshot<T> same) {
    dropCandidate("superseded");
    history = Stream.concat(Stream.of(same), history.stream().skip(1)).toList();
    current = same;
    problems = List.of();
    return new ReloadOutcome.Unchanged<>(same);
  }

  private ReloadOutcome<T> install(ConfigSnapshot<T> next, Optional<Rollout> rollout) {
    ConfigChange<T> change = change(current, next);
    dropCandidate("superseded");
    Subscribers<T>.Round round = subscribers.ask(change, settings.prepareTimeout());
    List<String> vetoes = round.vetoes();
    if (!vetoes.isEmpty() && !isClosed) {
      round.rollback();
      counts.vetoed.incrementAndGet();
      return reject(vetoes.stream().map(why -> problem(ConfigProblem.Stage.PREPARE, why)).toList());
    }
    problems = List.of();
    if (rollout.isPresent()) {
      if (begin(new Candidate<>(change, round, rollout.get(), System.nanoTime()))) {
        return new ReloadOutcome.RollingOut<>(change);
      }
    } else if (bringIntoForce(next, round)) {
      return new ReloadOutcome.Applied<>(change);
    }
    round.rollback();
    return reject(List.of(problem(ConfigProblem.Stage.PREPARE, "the configuration was closed")));
  }

  private boolean begin(Candidate<T> trial) {
    boolean isBegun =
        unlessClosed(() -> {
          candidate = trial;
          return true;
        });
    if (isBegun) {
      recordRollout(trial, "Started");
    }
    return isBegun;
  }

  private boolean bringIntoForce(ConfigSnapshot<T> next, Subscribers<T>.Round round) {
    boolean isInForce =
        unlessClosed(() -> {
          history =
              Stream.concat(Stream.of(next), history.stream())
                  .limit(settings.historySize())
                  .toList(); // first: who sees it in force finds it here
          current = next;
          return true;
        });
    if (isInForce) {
      round.commit();
      subscribers.tell(next);
    }
    return isInForce;
  }

  /** Does what brings something into force; nothing that {@link #close} might wait for. */
  private boolean unlessClosed(BooleanSupplier step) {
    synchronized (closing) {
      return !isClosed && step.getAsBoolean();
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

  // Rollouts

  Optional<RolloutProgress<T>> rollout() {
    Candidate<T> trial = candidate;
    return trial == null
        ? Optional.empty()
        : Optional.of(new RolloutProgress<>(trial.change(), trial.percent()));
  }

  /** How long until {@link #advance} has something to do, at most {@code otherwise}. */
  long waitNanos(long now, long otherwise) {
    Candidate<T> trial = candidate;
    return trial == null ? otherwise : Math.min(otherwise, trial.waitNanos(now));
  }

  /**
   * Takes the next step of a rollout whose time has come, or ends one that is not well. The judge
   * may take its time: it is asked without the lock.
   */
  void advance(long now) {
    Candidate<T> trial = candidate;
    if (trial != null) {
      advance(trial, now);
    }
  }

  private void advance(Candidate<T> trial, long now) {
    Optional<String> illness = trial.illness();
    locked(() -> {
      if (isClosed || !trial.equals(candidate)) {
        return false; // it ended meanwhile
      }
      if (illness.isPresent()) {
        abort(illness.get());
      } else if (trial.isTime(now)) {
        if (unlessClosed(() -> trial.advance(now))) {
          recordRollout(trial, "Grown");
        } else {
          promote();
        }
      }
      return true;
    });
  }

  /** Brings the candidate into force for all; whether there was one. */
  boolean promote() {
    requireNotCalledBySubscriber();
    return locked(() -> {
      Candidate<T> trial = candidate;
      if (trial == null || !bringIntoForce(trial.change().after(), trial.round())) {
        return false;
      }
      candidate = null; // after current is set, so that no key goes back for a moment
      counts.applied.incrementAndGet();
      recordRollout(trial, "Finished");
      return true;
    });
  }

  /** Takes the candidate back from all; whether there was one. */
  boolean abort(String reason) {
    requireNotCalledBySubscriber();
    return locked(() -> {
      boolean dropped = dropCandidate("aborted");
      if (dropped) {
        reject(List.of(problem(ConfigProblem.Stage.ROLLOUT, reason)));
      }
      return dropped;
    });
  }

  private boolean dropCandidate(String step) {
    Candidate<T> trial = candidate;
    if (trial == null) {
      return false;
    }
    candidate = null;
    trial.round().rollback();
    counts.rollbacks.incrementAndGet();
    recordRollout(trial, step);
    return true;
  }

  private void recordRollout(Candidate<T> trial, String step) {
    ConfigRolloutEvent.record(name, trial, step);
  }

  /**
   * No change comes into force any more. It waits for nobody: an attempt that is on its way, which
   * may be the one that calls, cleans up when it ends.
   */
  void close() {
    synchronized (closing) {
      isClosed = true;
    }
    tryCleanUp();
  }

  boolean isClosed() {
    return isClosed;
  }

  /** Who prepared for a rollout that does not end rolls back. */
  private void tryCleanUp() {
    if (lock.tryLock()) {
      try {
        dropCandidate("closed");
        subscribers.closeAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("configuration is closed: config=" + name);
    }
  }

  // Small things

  /** What changes between two snapshots. */
  private ConfigChange<T> change(ConfigSnapshot<T> before, ConfigSnapshot<T> after) {
    return new ConfigChange<>(
        before, after, Flat.differences(loader.shape(), before.value(), after.value()));
  }

  private ConfigProblem problem(ConfigProblem.Stage stage, String reason) {
    return new ConfigProblem(stage, name, 0, "", "", reason);
  }

  private ConfigSnapshot<T> inHistory(long version) {
    return history.stream()
        .filter(each -> each.version() == version)
        .findFirst()
        .orElseThrow(() -> notInHistory(version));
  }

  private IllegalArgumentException notInHistory(long version) {
    return new IllegalArgumentException(
        "version is not in the history: config=%s, version=%d, known=%s"
            .formatted(name, version, history.stream().map(ConfigSnapshot::version).toList()));
  }

  /** It would wait for itself. */
  private void requireNotCalledBySubscriber() {
    if (subscribers.isCalling()) {
      throw new IllegalStateException(
          "configuration cannot be changed by a subscriber that is being told: config=%s; do it in another thread"
              .formatted(name));
    }
  }

  private static <T> ConfigSnapshot<T> snapshot(
      long version, T value, Reading reading, Loader.Loaded<T> loaded) {
    return new ConfigSnapshot<>(
        version, value, Instant.now(), reading.fingerprint(), loaded.entries(), loaded.warnings());
  }

  private <R> R locked(Supplier<R> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
      if (isClosed) { // behind the unlock: who closed before it could not clean up
        tryCleanUp();
      }
    }
  }
}
