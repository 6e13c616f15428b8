package dev.holdfast.resource.guard;

import java.util.concurrent.ThreadFactory;

/**
 * Virtual threads of the library's own: asking for one runs no user code and blocks nobody. They
 * inherit neither the thread-locals nor the class loader of who happened to ask.
 */
final class OwnThreads implements ThreadFactory {
  private final ThreadFactory virtual;

  OwnThreads(String registry) {
    virtual =
        Thread.ofVirtual()
            .inheritInheritableThreadLocals(false)
            .name("holdfast-cleanup-" + registry + "-", 0)
            .factory();
  }

  @Override
  public Thread newThread(Runnable task) {
    return virtual.newThread(task);
  }
}
