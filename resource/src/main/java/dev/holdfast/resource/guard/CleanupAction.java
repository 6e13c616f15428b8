package dev.holdfast.resource.guard;

/**
 * What is done to a resource when its guard closes, for example {@code Connection::close}.
 *
 * <p>It is given the resource, so that it need not capture it; what captures the {@link
 * ResourceGuard} keeps the guard alive for ever and its fallback never runs. It has its thread to
 * itself while it runs; quick ones run on the same thread one after the other, so that it should
 * leave no thread-locals behind. It is interrupted at its time-out, and may run again after it
 * threw, so it must bear being repeated.
 */
@FunctionalInterface
public interface CleanupAction<T> {
  /** Gives the resource back. Whatever it throws counts as one failed attempt. */
  void clean(T resource) throws Exception;
}
