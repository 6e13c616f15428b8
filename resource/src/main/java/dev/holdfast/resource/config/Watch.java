package dev.holdfast.resource.config;

import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The virtual thread of a configuration that sees its sources change. It survives whatever a look
 * or a reload throws.
 */
final class Watch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Watch.class.getName());

  private static final Duration CLOSING = Duration.ofSeconds(1);
  private static final long FAILED_MILLIS = 1_000; // until the look after one that failed

  private final Pipeline<?> pipeline;
  private final Settling settling;
  private final @Nullable Directories directories;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  Watch(String name, Pipeline<?> pipeline, Duration quiet, Duration poll) {
    this.pipeline = pipeline;
    this.settling = new Settling(quiet, poll);
    List<Path> files = pipeline.loader().files();
    this.directories = files.isEmpty() ? null : Directories.watch(files);
    var _ = settling.noise(System.nanoTime()); // what changed since they were read, nobody told
    this.thread = Thread.ofVirtual().name("holdfast-config-" + name).start(this::run);
  }

  @Override
  public void close() {
    closed.countDown();
    if (directories != null) {
      directories.close();
    }
    thread.interrupt();
    if (!pipeline.subscribers().isCalling()) { // else it may wait for the caller
      join();
    }
  }

  /** It is soon over, for an interrupted vote is a veto; unless a source or a judge blocks. */
  private void join() {
    try {
      var _ = thread.join(CLOSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (closed.getCount() > 0) {
      try {
        watchOnce();
      } catch (InterruptedException | ClosedWatchServiceException e) {
        return;
      } catch (Throwable e) {
        if (pipeline.isClosed()) {
          return; // nobody waits for this look any more
        }
        LOG.log(System.Logger.Level.WARNING, "looking at the sources of a configuration failed", e);
        settling.forget();
        pause();
      }
    }
  }

  /** What failed once may fail at once again. */
  private void pause() {
    try {
      var _ = closed.await(FAILED_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watchOnce() throws InterruptedException {
    long before = System.nanoTime();
    boolean happened = await(pipeline.waitNanos(before, settling.waitNanos(before)));
    long now = System.nanoTime();
    if (closed.getCount() == 0
        || (happened && !settling.noise(now) && settling.waitNanos(now) > 0)) {
      return; // the next look comes when it is quiet
    }
    if (directories != null) {
      directories.refresh(); // first, so that nothing is missed between the look and the watch
    }
    String fingerprint = pipeline.loader().read().fingerprint();
    if (settling.look(fingerprint, pipeline.attempted(), System.nanoTime())
        && !pipeline.reloadSettled(fingerprint)) {
      settling.noise(System.nanoTime()); // it changed in the last moment
    }
    pipeline.advance(System.nanoTime());
  }

  private boolean await(long nanos) throws InterruptedException {
    if (directories != null) {
      return directories.await(nanos);
    }
    var _ = closed.await(nanos, TimeUnit.NANOSECONDS);
    return false;
  }
}
