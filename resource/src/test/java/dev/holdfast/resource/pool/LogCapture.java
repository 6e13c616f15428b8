package dev.holdfast.resource.pool;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What the pool logs while this is open, instead of on the console. */
final class LogCapture extends Handler implements AutoCloseable {
  private final Logger logger = Logger.getLogger(ObjectPool.class.getName());
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  volatile @Nullable Throwable throwing;
  volatile @Nullable CountDownLatch blocking;

  LogCapture() {
    logger.addHandler(this);
    logger.setUseParentHandlers(false);
  }

  List<String> messages() {
    return records.stream().map(LogRecord::getMessage).toList();
  }

  List<Throwable> thrown() {
    return records.stream().map(LogRecord::getThrown).toList();
  }

  @Override
  public void publish(LogRecord record) {
    records.add(record);
    CountDownLatch latch = blocking;
    if (latch != null) {
      awaitQuietly(latch);
    }
    if (throwing instanceof RuntimeException failure) {
      throw failure;
    }
    if (throwing instanceof Error failure) {
      throw failure;
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}
