package dev.holdfast.resource.guard;

import java.lang.ref.Reference;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A resource together with the duty to clean it up. Closing the guard asks its {@link
 * ResourceRegistry} for the clean-up and does not wait for it.
 *
 * <p><b>Sharing.</b> Any thread may use and close it; one close takes effect, further ones are
 * counted and do nothing.
 *
 * <p><b>Lifetime.</b> Keep the guard for as long as the resource is used, best by
 * try-with-resources: a guard that the garbage collector finds unclosed is closed by it, and
 * reported. After the close {@link #get} refuses.
 *
 * <p><b>Cost.</b> About 150 bytes a guard, and no thread until it closes.
 *
 * <pre>{@code
 * try (ResourceGuard<Socket> socket = registry.guard("socket", connect(), Socket::close)) {
 *   talk(socket.get());
 * }
 * }</pre>
 */
public final class ResourceGuard<T> implements AutoCloseable {
  private final Entry<T> entry;

  ResourceGuard(
      ResourceRegistry registry,
      String name,
      T resource,
      CleanupAction<? super T> action,
      CleanupPolicy policy,
      @Nullable Trace registered) {
    entry = new Entry<>(this, registry, name, resource, action, policy, registered, Cleanups.now());
  }

  /**
   * The resource.
   *
   * @throws IllegalStateException if the guard is closed or the resource detached; at {@link
   *     LeakDetection#FULL} the cause tells who did so first
   */
  public T get() {
    GuardState state = entry.state();
    T resource = entry.resource();
    if (state != GuardState.LIVE || resource == null) {
      throw notLive();
    }
    return resource;
  }

  /**
   * Hands the resource over to the caller, who cleans it up from now on. The close that follows, as
   * by try-with-resources, does nothing.
   *
   * @throws IllegalStateException if the guard is closed or the resource detached
   */
  public T detach() {
    try {
      T resource = entry.resource();
      if (resource == null || !entry.leaveLive(GuardState.DETACHED)) {
        throw notLive();
      }
      entry.clear(); // not to be found by the collector any more
      entry.registry.detached(entry);
      return resource;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private IllegalStateException notLive() {
    @Nullable Trace first = entry.released;
    return new IllegalStateException(
        "resource is not held any more: resource=%s, state=%s; %s"
            .formatted(
                entry.name,
                entry.state(),
                first == null
                    ? "to see who released it, use LeakDetection.FULL"
                    : "the cause says who released it first"),
        first);
  }

  /** Asks for the clean-up, and returns. */
  @Override
  public void close() {
    try {
      entry.registry.close(entry);
    } finally {
      Reference.reachabilityFence(this); // not lost before it is closed
    }
  }

  /**
   * Closes; the result is there when the clean-up has ended, well or badly. It never completes
   * exceptionally, and cancelling it changes nothing.
   */
  public CompletableFuture<CleanupOutcome> closeAsync() {
    close();
    return entry.end().copy();
  }

  /** Where the resource stands. */
  public GuardState state() {
    return entry.state();
  }

  /** As given to the registry. */
  public String name() {
    return entry.name;
  }

  Entry<T> entry() {
    return entry;
  }

  Entry<T> entryOf(ResourceRegistry expected) {
    if (entry.registry != expected) {
      throw new IllegalArgumentException(
          "guard of another registry: resource=%s, its registry=%s, this registry=%s"
              .formatted(entry.name, entry.registry.name(), expected.name()));
    }
    return entry;
  }

  @Override
  public String toString() {
    return "ResourceGuard[%s, %s]".formatted(entry.name, entry.state());
  }
}
