package dev.holdfast.resource.guard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a registry knows of one resource. It refers to the guard only as the collector's: {@link
 * LostGuards} gets it once nobody has the guard any more.
 *
 * <p><b>Sharing.</b> LIVE is left by one compare-and-set; whoever wins it owns the rest of the way.
 * CLOSING is left only under the lock of {@link Cleanups}, which also guards the fields below the
 * line. {@code ending} is the outcome, or before it the future of those who want to know it; each
 * is set by a compare-and-set, so that whoever comes second completes the future.
 */
final class Entry<T> extends PhantomReference<ResourceGuard<T>> {
  static final long NOT_ASKED = Long.MIN_VALUE;
  private static final VarHandle STATE = field("state", GuardState.class);
  private static final VarHandle ENDING = field("ending", Object.class);

  final ResourceRegistry registry;
  final String name;
  final CleanupPolicy policy;
  final @Nullable Trace registered;
  private final CleanupAction<? super T> action;
  private final long bornNanos;

  private volatile GuardState state = GuardState.LIVE;
  private volatile @Nullable T resource;

  @SuppressWarnings("UnusedVariable") // through ENDING
  private volatile @Nullable Object ending;

  volatile @Nullable Trace released;
  volatile boolean leaked;
  Entries.@Nullable Segment segment; // where it is registered; set before anybody else has it
  int place;

  // ---- the closer's, who hands it over through the Inbox
  @Nullable Entry<?> next;
  long askedNanos = NOT_ASKED;

  // ---- guarded by the lock of Cleanups, from CLOSING on
  long queuedNanos;
  long deadlineNanos;
  int attempts;
  boolean backingOff;
  @Nullable Throwable failure;
  @Nullable Worker worker;

  Entry(
      ResourceGuard<T> guard,
      ResourceRegistry registry,
      String name,
      T resource,
      CleanupAction<? super T> action,
      CleanupPolicy policy,
      @Nullable Trace registered,
      long nowNanos) {
    super(guard, LostGuards.QUEUE);
    this.registry = registry;
    this.name = name;
    this.resource = resource;
    this.action = action;
    this.policy = policy;
    this.registered = registered;
    this.bornNanos = nowNanos;
  }

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Entry.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  GuardState state() {
    return state;
  }

  /** LIVE → CLOSING or DETACHED; whether this call did it. */
  boolean leaveLive(GuardState next) {
    return STATE.compareAndSet(this, GuardState.LIVE, next);
  }

  /** CLOSING → a final state, under the lock of {@link Cleanups}. */
  void finish(GuardState last) {
    state = last;
  }

  /** The resource, until it is cleaned up or given up. */
  @Nullable T resource() {
    return resource;
  }

  /** Lets go of the resource, however long somebody keeps the guard. */
  void forget() {
    resource = null;
  }

  void act() throws Exception {
    T present = resource;
    if (present == null) {
      throw new AssertionError("clean-up of a resource that was let go: " + name);
    }
    action.clean(present);
  }

  CleanupOutcome outcome(long nowNanos) {
    return new CleanupOutcome(
        state, attempts, Duration.ofNanos(nowNanos - askedNanos), Optional.ofNullable(failure));
  }

  /** Tells everybody who asked for the {@link #end}, now or later; whether somebody had. */
  @SuppressWarnings("unchecked") // no other future is there
  boolean endAs(CleanupOutcome outcome) {
    Object present = ENDING.compareAndExchange(this, null, outcome);
    return present instanceof CompletableFuture<?> asked
        && ((CompletableFuture<CleanupOutcome>) asked).complete(outcome);
  }

  /** There when the clean-up has ended, or the resource was handed back. */
  @SuppressWarnings("unchecked") // nothing else is there besides an outcome
  CompletableFuture<CleanupOutcome> end() {
    Object present = ending;
    if (present == null) {
      CompletableFuture<CleanupOutcome> fresh = new CompletableFuture<>();
      present = ENDING.compareAndExchange(this, null, fresh);
      if (present == null) {
        return fresh;
      }
    }
    return present instanceof CleanupOutcome outcome
        ? CompletableFuture.completedFuture(outcome)
        : (CompletableFuture<CleanupOutcome>) present;
  }

  ResourceInfo info(long nowNanos) {
    return new ResourceInfo(
        segment == null ? 0 : segment.id(place),
        name,
        state,
        policy.priority(),
        Duration.ofNanos(nowNanos - bornNanos),
        attempts,
        Optional.ofNullable(registered));
  }
}
