package dev.holdfast.resource.guard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a registry knows of one resource. It never refers to the guard, so that a lost guard can be
 * found.
 *
 * <p><b>Sharing.</b> LIVE is left by one compare-and-set; whoever wins it owns the rest of the way.
 * CLOSING is left only under the lock of {@link Cleanups}, which also guards the fields below the
 * line.
 */
final class Entry<T> {
  private static final AtomicLong IDS = new AtomicLong();
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Entry.class, "state", GuardState.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final long id = IDS.getAndIncrement();
  final String name;
  final CleanupPolicy policy;
  final @Nullable Trace registered;
  final CompletableFuture<CleanupOutcome> done = new CompletableFuture<>();
  private final CleanupAction<? super T> action;
  private final long bornNanos;

  private volatile GuardState state = GuardState.LIVE;
  private volatile @Nullable T resource;
  volatile @Nullable Trace released;
  volatile boolean leaked;

  // ---- guarded by the lock of Cleanups, from CLOSING on
  long askedNanos;
  long deadlineNanos;
  int attempts;
  boolean backingOff;
  @Nullable Throwable failure;
  @Nullable Attempt<?> running;

  Entry(
      String name,
      T resource,
      CleanupAction<? super T> action,
      CleanupPolicy policy,
      @Nullable Trace registered,
      long nowNanos) {
    this.name = name;
    this.resource = resource;
    this.action = action;
    this.policy = policy;
    this.registered = registered;
    this.bornNanos = nowNanos;
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

  ResourceInfo info(long nowNanos) {
    return new ResourceInfo(
        id,
        name,
        state,
        policy.priority(),
        Duration.ofNanos(nowNanos - bornNanos),
        attempts,
        Optional.ofNullable(registered));
  }

  @Override
  public int hashCode() {
    return Long.hashCode(id); // cheaper than the identity's, and as unique
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }
}
