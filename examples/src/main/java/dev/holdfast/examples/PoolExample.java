package dev.holdfast.examples;

import dev.holdfast.resource.pool.Connections;
import dev.holdfast.resource.pool.ObjectPool;
import dev.holdfast.resource.pool.PoolCount;
import dev.holdfast.resource.pool.PoolSnapshot;
import dev.holdfast.resource.pool.PoolSpec;
import dev.holdfast.resource.pool.Pooled;
import dev.holdfast.resource.pool.ShutdownReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * 200 virtual threads share 3 processes: {@code cat}, standing for any program that answers lines
 * with lines. One process is killed on the way; nobody notices.
 */
public final class PoolExample {
  private static final int QUESTIONS = 200;

  private PoolExample() {}

  /** Asks, kills, asks again, and says what happened. */
  public static void main(String[] arguments) throws Exception {
    PoolSpec spec =
        PoolSpec.named("echo")
            .max(3)
            .acquireTimeout(Duration.ofSeconds(30))
            .validateAfterIdle(Duration.ZERO); // a killed process is found before it is lent
    ObjectPool<Process> pool = ObjectPool.open(Connections.process(List.of("cat")), spec);
    try (pool) {
      askAll(pool);
      killOne(pool);
      askAll(pool);
      show(pool.snapshot());
      ShutdownReport report = pool.shutdown(Duration.ofSeconds(5)).get();
      System.out.printf("closed: objects=%d, forced=%d%n", report.objects(), report.forced());
    }
  }

  private static void askAll(ObjectPool<Process> pool) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < QUESTIONS; i++) {
        String question = "question " + i;
        threads.execute(() -> ask(pool, question));
      }
    }
  }

  private static void ask(ObjectPool<Process> pool, String question) {
    try (Pooled<Process> process = pool.acquire()) {
      try {
        String answer = exchange(process.get(), question);
        if (!question.equals(answer)) {
          throw new IllegalStateException("wrong answer: %s to %s".formatted(answer, question));
        }
      } catch (IOException broken) {
        process.invalidate(broken); // the next borrower gets another one
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String exchange(Process process, String question) throws IOException {
    Writer questions = process.outputWriter(StandardCharsets.UTF_8);
    BufferedReader answers = process.inputReader(StandardCharsets.UTF_8);
    questions.append(question).append('\n').flush();
    return answers.readLine();
  }

  private static void killOne(ObjectPool<Process> pool) throws InterruptedException {
    pool.use(process -> process.destroyForcibly()).waitFor();
  }

  private static void show(PoolSnapshot snapshot) {
    System.out.printf(
        "lent=%d, processes=%d, found dead=%d, waited at most %d ms%n",
        snapshot.count(PoolCount.LENT),
        snapshot.count(PoolCount.CREATED),
        snapshot.count(PoolCount.UNFIT) + snapshot.count(PoolCount.RECYCLE_FAILED),
        snapshot.waits().max().toMillis());
  }
}
