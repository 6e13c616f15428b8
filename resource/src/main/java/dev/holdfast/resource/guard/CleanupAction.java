package dev.holdfast.resource.guard;

/**
 * What is done to a resource when its guard closes, for example {@code Connection::close}.
 *
 * <p>It is given the resource, so that it need not capture it; what captures the {@link
 * ResourceGuard} keeps the guard alive for ever and its fallback never runs. It runs on a thread of
 * its own, is interrupted at its time-out, and may run again after it threw, so it must bear being
 * repeated.
 */
@FunctionalInterface
public interface CleanupAction<T> {
  /** Gives the resource back. Whatever it throws counts as one failed attempt. */
  void clean(T resource) throws Exception;
}
