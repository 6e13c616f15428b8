package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Knows every resource that is guarded through it, and cleans them up: off the caller's thread, the
 * important ones first, each within its time-out, again if that failed, and at the latest when the
 * registry is drained.
 *
 * <p><b>Sharing.</b> Any thread may use it.
 *
 * <p><b>Lifetime.</b> It stays, with a timer thread, or two if it has a thread factory of the
 * user's to ask, until it is drained or closed. A resource belongs to the registry from the call of
 * {@code guard} on, even if that call throws: it is then cleaned up by the calling thread.
 *
 * <p><b>Memory effects.</b> What a thread did before it closed a guard happens before the clean-up,
 * and that before the outcome is seen.
 *
 * <p><b>Cost.</b> A clean-up costs its asker a link in a list, and the start of a virtual thread if
 * none is at work; quick ones share a thread.
 *
 * <p><b>Errors.</b> What clean-ups throw is in their outcomes and the {@link #deadLetters}.
 *
 * <pre>{@code
 * try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("storage"))) {
 *   ResourceGuard<Path> scratch = registry.guard("scratch", makeFile(), Files::delete);
 *   work(scratch.get());
 *   scratch.close();                       // returns at once
 *   CleanupReport report = registry.drain(Duration.ofSeconds(5));
 * }
 * }</pre>
 */
public final class ResourceRegistry implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ResourceRegistry.class.getName());
  private static final Duration STRAGGLER_WAIT = Duration.ofMillis(5);

  /** Those not drained: a guard that is lost together with its registry is cleaned up, too. */
  private static final Set<ResourceRegistry> OPEN = ConcurrentHashMap.newKeySet();

  private final RegistrySpec spec;
  private final Entries entries = new Entries();
  private final Tally tally = new Tally();
  private final Cleanups cleanups;
  private final Leaks leaks;
  private final DeadLetters deadLetters;
  private final Latencies latencies = new Latencies();
  private final LongAdder closedAgain = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder lateAcquired = new LongAdder();

  private ResourceRegistry(RegistrySpec spec) {
    this.spec = spec;
    this.leaks = new Leaks(spec.leakDetection());
    this.deadLetters = new DeadLetters(spec.deadLettersMax());
    this.cleanups = new Cleanups(spec, new Endings());
  }

  /** A registry that works as the specification says. */
  public static ResourceRegistry open(RegistrySpec spec) {
    ResourceRegistry registry = new ResourceRegistry(spec);
    OPEN.add(registry);
    return registry;
  }

  /** As specified. */
  public String name() {
    return spec.name();
  }

  // ---- guarding --------------------------------------------------------------------------------

  /** Guards a resource; it is cleaned up by the registry's policy. */
  public <T> ResourceGuard<T> guard(String name, T resource, CleanupAction<? super T> action) {
    return guard(name, resource, action, spec.policy());
  }

  /**
   * Guards a resource.
   *
   * @param name for messages and reports; of the kind of resource rather than of the single one
   * @throws IllegalStateException if the registry is drained; the resource has been cleaned up
   */
  public <T> ResourceGuard<T> guard(
      String name, T resource, CleanupAction<? super T> action, CleanupPolicy policy) {
    Objects.requireNonNull(resource, "resource");
    Objects.requireNonNull(action, "action");
    return guard(name, resource, action, policy, null);
  }

  <T> ResourceGuard<T> guard(
      String name,
      T resource,
      CleanupAction<? super T> action,
      CleanupPolicy policy,
      @Nullable Trace acquirer) {
    try {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(policy, "policy");
      Trace registered = acquirer == null ? trace("registered") : acquirer;
      ResourceGuard<T> guard =
          new ResourceGuard<>(this, name, resource, action, policy, registered);
      if (!entries.add(guard.entry())) {
        throw refusal(name);
      }
      return guard;
    } catch (Throwable failure) { // it is not among the entries: nobody else cleans it up
      cleanHere(resource, action, failure);
      throw failure;
    }
  }

  /** Where the caller is, if its guard is one of those to be traced. */
  private @Nullable Trace trace(String what) {
    return switch (spec.leakDetection()) {
      case OFF, COUNT -> null;
      case SAMPLED -> LeakDetection.sample() ? new Trace(what) : null;
      case FULL -> new Trace(what);
    };
  }

  private IllegalStateException refusal(String resource) {
    refused.increment();
    return new IllegalStateException(
        "registry is drained: registry=%s, resource=%s; it was cleaned up by the caller's thread"
            .formatted(spec.name(), resource));
  }

  private static <T> void cleanHere(
      T resource, CleanupAction<? super T> action, Throwable failure) {
    try {
      action.clean(resource);
    } catch (Throwable second) {
      if (second instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      failure.addSuppressed(second);
    }
  }

  /**
   * Opens a resource on a virtual thread of its own, waits for it so long, and guards it. A
   * resource that arrives after its acquirer gave up is cleaned up.
   *
   * @param timeout how long it waits; more than any clock can count is for ever
   * @throws IllegalArgumentException if the time-out is negative; nothing was opened
   * @throws TimeoutException if it did not arrive in time; the opener was interrupted
   * @throws ExecutionException if the opener threw
   * @throws InterruptedException if the waiting thread was interrupted; the opener was, too
   */
  public <T> ResourceGuard<T> acquire(
      String name, Callable<? extends T> opener, CleanupAction<? super T> action, Duration timeout)
      throws InterruptedException, TimeoutException, ExecutionException {
    Objects.requireNonNull(name, "name");
    Acquisition<T> acquisition =
        new Acquisition<>(this, name, opener, action, spec.policy(), trace("acquired"));
    return acquisition.await(cleanups.own(), timeout);
  }

  void acquiredLate(ResourceGuard<?> guard) {
    lateAcquired.increment();
    guard.close();
  }

  // ---- closing ---------------------------------------------------------------------------------

  void close(Entry<?> entry) {
    if (!closeOnce(entry) && entry.state() != GuardState.DETACHED) {
      closedAgain.increment();
    }
  }

  private boolean closeOnce(Entry<?> entry) {
    boolean first = beginClosing(entry);
    if (first) {
      cleanups.add(entry);
    }
    return first;
  }

  private boolean beginClosing(Entry<?> entry) {
    Trace release = spec.leakDetection() == LeakDetection.FULL ? new Trace("released") : null;
    boolean first = entry.leaveLive(GuardState.CLOSING);
    if (first) {
      entry.clear(); // not to be found by the collector any more
      if (release != null) {
        entry.released = release;
      }
    }
    return first;
  }

  void closeLost(Entry<?> entry) {
    if (!entry.leaveLive(GuardState.CLOSING)) {
      return; // closed in time
    }
    try {
      entry.leaked = true;
      leaks.note(entry);
      LeakEvent.commit(spec.name(), entry);
    } finally {
      cleanups.add(entry);
    }
  }

  void detached(Entry<?> entry) {
    if (spec.leakDetection() == LeakDetection.FULL) {
      entry.released = new Trace("detached");
    }
    long now = Cleanups.now();
    entry.askedNanos = now;
    settle(entry, GuardState.DETACHED);
    entry.endAs(entry.outcome(now));
  }

  /**
   * Closes these guards as one batch: they are queued in their order before any of them begins.
   *
   * @return what became of them; there when all of them have ended
   * @throws IllegalArgumentException if one of them is of another registry; none was closed
   */
  public CompletableFuture<CleanupReport> closeAll(Collection<? extends ResourceGuard<?>> guards) {
    Set<Entry<?>> batch = new LinkedHashSet<>();
    for (ResourceGuard<?> guard : guards) {
      batch.add(guard.entryOf(this));
    }
    return closeBatch(batch);
  }

  /**
   * Closes every guard in use that the predicate accepts, whoever holds it: the forced clean-up.
   *
   * @return what became of them; there when all of them have ended
   */
  public CompletableFuture<CleanupReport> forceCleanup(Predicate<? super ResourceInfo> which) {
    long now = Cleanups.now();
    return closeBatch(
        entries.list().stream()
            .filter(entry -> entry.state() == GuardState.LIVE && which.test(entry.info(now)))
            .toList());
  }

  private CompletableFuture<CleanupReport> closeBatch(Collection<Entry<?>> batch) {
    cleanups.addAll(batch.stream().filter(this::beginClosing).toList());
    List<CompletableFuture<CleanupOutcome>> ends = batch.stream().map(Entry::end).toList();
    return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
        .thenApply(all -> reportOf(ends));
  }

  private static CleanupReport reportOf(List<CompletableFuture<CleanupOutcome>> ends) {
    Tally batch = new Tally();
    ends.forEach(end -> batch.settle(end.join().state()));
    return batch.report(ends.size());
  }

  /**
   * Ends the registry: takes no resource any more, closes every guard, and waits for all clean-ups.
   * What runs at the deadline is given up as TIMED_OUT, what waits as ABANDONED. A second drain
   * gives the same report.
   *
   * @param deadline how long it waits; zero not at all, more than any clock can count for ever
   * @return what became of every resource that was ever registered; its sum is exact
   * @throws IllegalArgumentException if the deadline is negative; nothing was closed
   * @throws InterruptedException if the thread was interrupted while it waited; the clean-ups go
   *     on, and another call may wait for them
   */
  public CleanupReport drain(Duration deadline) throws InterruptedException {
    long deadlineNanos = CleanupPolicy.waitNanos("deadline", deadline);
    closeEverything();
    if (!tally.awaitAllSettled(deadlineNanos)) {
      giveUpTheRest();
    }
    shutdown();
    return report();
  }

  private void closeEverything() {
    tally.close(entries.close());
    cleanups.addAll(entries.list().stream().filter(this::beginClosing).toList());
  }

  private void giveUpTheRest() throws InterruptedException {
    cleanups.stop();
    do {
      entries.list().forEach(cleanups::giveUp);
    } while (!tally.awaitAllSettled(STRAGGLER_WAIT.toNanos())); // some are just being counted
  }

  private void shutdown() {
    cleanups.shutdown();
    OPEN.remove(this);
  }

  private long unsettled() {
    return entries.added() - tally.settled();
  }

  private CleanupReport report() {
    return tally.report(entries.added());
  }

  /**
   * Drains within the specified close time-out. An interrupted thread does not wait: what is not
   * finished is given up.
   */
  @Override
  public void close() {
    boolean interrupted = false;
    try {
      drain(spec.closeTimeout());
    } catch (InterruptedException e) {
      interrupted = true;
    }
    while (!tally.isAllSettled()) {
      try {
        giveUpTheRest();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    shutdown();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- endings ---------------------------------------------------------------------------------

  /** What follows the end of a clean-up. */
  private final class Endings implements Cleanups.Listener {
    @Override
    public void account(Entry<?> entry, CleanupOutcome outcome) {
      Object resource = entry.resource();
      if (outcome.state().isLost() && resource != null) {
        deadLetters.add(new DeadLetter(entry.info(Cleanups.now()), outcome, resource));
      }
      latencies.record(outcome.took().toNanos());
      CleanupEvent.commit(spec.name(), entry, outcome);
      settle(entry, outcome.state());
    }

    @Override
    public boolean announce(Entry<?> entry, CleanupOutcome outcome) {
      boolean worthALine = entry.leaked || outcome.state().isLost();
      boolean awaited;
      try {
        if (worthALine) {
          log(entry, outcome);
        }
      } finally {
        awaited = entry.endAs(outcome);
      }
      return worthALine || awaited;
    }
  }

  private void settle(Entry<?> entry, GuardState end) {
    entries.remove(entry);
    entry.forget();
    tally.settle(end);
  }

  private void log(Entry<?> entry, CleanupOutcome outcome) {
    if (entry.leaked && spec.leakDetection() != LeakDetection.OFF) {
      LOG.log(
          System.Logger.Level.WARNING,
          "guard lost without being closed, cleaned up: registry=%s, resource=%s; close it"
              .formatted(spec.name(), entry.name),
          entry.registered);
    }
    if (outcome.state().isLost()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "clean-up %s: registry=%s, resource=%s, attempts=%d; it is kept as a dead letter"
              .formatted(outcome.state(), spec.name(), entry.name, outcome.attempts()),
          outcome.failure().orElse(null));
    }
  }

  // ---- looking ---------------------------------------------------------------------------------

  /** Every resource that is in use, or whose clean-up has not ended. */
  public List<ResourceInfo> resources() {
    long now = Cleanups.now();
    return entries.list().stream().map(entry -> entry.info(now)).toList();
  }

  /** Which guards were lost without being closed, as far as the {@link LeakDetection} noted. */
  public List<LeakReport> leaks() {
    return leaks.reports();
  }

  /** Resources that could not be cleaned up, oldest first; a bounded number is kept. */
  public List<DeadLetter> deadLetters() {
    return deadLetters.list();
  }

  /** The same, and they are the caller's from now on. */
  public List<DeadLetter> takeDeadLetters() {
    return deadLetters.take();
  }

  /** The figures of this moment. */
  public RegistrySnapshot snapshot() {
    Cleanups.Load load = cleanups.load();
    return new RegistrySnapshot(
        spec.name(),
        report(),
        Math.max(0, unsettled() - load.unfinished()),
        load.queued(),
        load.running(),
        load.backingOff(),
        load.stuck(),
        cleanups.retries.sum(),
        cleanups.late.sum(),
        leaks.count(),
        closedAgain.sum(),
        refused.sum(),
        lateAcquired.sum(),
        deadLetters.size(),
        deadLetters.dropped(),
        latencies.percentile(0.5),
        latencies.percentile(0.99),
        latencies.longest(),
        problems(load));
  }

  private List<String> problems(Cleanups.Load load) {
    List<String> problems = new ArrayList<>();
    if (tally.isClosed()) {
      problems.add("registry is drained");
    }
    if (load.unattended()) {
      problems.add(
          "no thread comes for clean-ups that wait: %d; see what RegistrySpec.threads gives"
              .formatted(load.waiting()));
    }
    if (load.stuck() > 0) {
      problems.add(
          "clean-ups run on after their time-out: %d; take a thread dump".formatted(load.stuck()));
    }
    if (deadLetters.size() > 0) {
      problems.add(
          "resources could not be cleaned up: %d; see deadLetters()".formatted(deadLetters.size()));
    }
    return List.copyOf(problems);
  }

  @Override
  public String toString() {
    return "ResourceRegistry[%s, %d resources]".formatted(spec.name(), unsettled());
  }
}
