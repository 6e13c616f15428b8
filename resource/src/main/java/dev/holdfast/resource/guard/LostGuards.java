package dev.holdfast.resource.guard;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;

/**
 * Where the garbage collector puts the entries of guards that nobody has any more, and the one
 * thread that asks for their clean-up. It runs no user code.
 *
 * <p>Not a {@link java.lang.ref.Cleaner}: its list of all that is registered has one lock, and it
 * needs two more objects a guard, where the entry is a reference itself and its registry has a list
 * anyway.
 */
final class LostGuards {
  static final ReferenceQueue<ResourceGuard<?>> QUEUE = new ReferenceQueue<>();

  static {
    Thread.ofPlatform()
        .daemon()
        .inheritInheritableThreadLocals(false)
        .name("holdfast-lost-guards")
        .start(LostGuards::watch);
  }

  private LostGuards() {}

  @SuppressWarnings("InfiniteLoopStatement") // a daemon: it goes with the process
  private static void watch() {
    while (true) {
      try {
        Reference<? extends ResourceGuard<?>> lost = QUEUE.remove();
        if (lost instanceof Entry<?> entry) {
          entry.registry.closeLost(entry);
        }
      } catch (Throwable failure) {
        // No memory for a note about it; it is queued all the same. Nobody interrupts this thread.
      }
    }
  }
}
