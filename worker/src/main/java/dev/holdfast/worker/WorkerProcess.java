package dev.holdfast.worker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One child process and the messages to and from it.
 *
 * <p><b>Sharing.</b> One thread sends and receives; any may ask it to end. Two threads of its own
 * read what it says and what it prints.
 *
 * <p><b>Lifetime.</b> The last message is always {@link Message.Ended}, after everything it said
 * before. It ends by itself when its standard input does, so also when this process is killed.
 */
final class WorkerProcess {
  private static final int LAST_WORDS_MAX = 10;
  private static final Duration DRAIN = Duration.ofSeconds(1);

  private final Process process;
  private final OutputStream input;
  private final Consumer<String> output;
  private final String prefix;
  private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
  private final Deque<String> lastWords = new ArrayDeque<>();

  private WorkerProcess(Process process, String name, Consumer<String> output) {
    this.process = process;
    this.input = process.getOutputStream();
    this.output = output;
    this.prefix = "[%s %d] ".formatted(name, process.pid());
  }

  /**
   * Starts a process.
   *
   * @param name goes before every line it prints
   * @param output is given these lines
   * @param onEnd is run when it has ended
   */
  static WorkerProcess start(
      ProcessBuilder builder, String name, Consumer<String> output, Runnable onEnd) {
    try {
      WorkerProcess worker = new WorkerProcess(builder.start(), name, output);
      worker.watch(onEnd);
      return worker;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot start a worker: command=%s".formatted(builder.command()), e);
    }
  }

  private void watch(Runnable onEnd) {
    Thread said = Thread.ofVirtual().start(() -> readLines(process.getInputStream(), this::hear));
    Thread printed =
        Thread.ofVirtual().start(() -> readLines(process.getErrorStream(), this::print));
    var _ =
        process
            .onExit()
            .thenRunAsync(() -> {
              // Bounded: a process that the user's code forked may keep the pipes open.
              join(said);
              join(printed);
              messages.add(new Message.Ended(pid(), process.exitValue(), lastWords()));
              onEnd.run();
            });
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Sends a line; one that does not arrive any more is followed by {@link Message.Ended}. */
  void send(String line) {
    try {
      input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      input.flush();
    } catch (IOException ended) {
      // The process is gone, or was asked to go: that is told by its last message.
    }
  }

  /** The next message; empty if none comes in time. */
  Optional<Message> receive(Duration timeout) throws InterruptedException {
    return Optional.ofNullable(messages.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Asks it to end, without waiting. */
  void closeInput() {
    try {
      input.close();
    } catch (IOException ended) {
      // It is gone already.
    }
  }

  /** Waits for its end; whether it came in time. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return process.waitFor(timeout);
  }

  /** Asks more firmly: Python ends at once on SIGTERM. */
  void terminate() {
    process.destroy();
  }

  void kill() {
    process.destroyForcibly();
  }

  private void hear(String line) {
    try {
      messages.add(Message.parse(line));
    } catch (IllegalStateException notAMessage) {
      print(String.valueOf(notAMessage.getMessage()));
      kill();
    }
  }

  private void print(String line) {
    synchronized (lastWords) {
      lastWords.add(line);
      if (lastWords.size() > LAST_WORDS_MAX) {
        lastWords.remove();
      }
    }
    output.accept(prefix + line);
  }

  private List<String> lastWords() {
    synchronized (lastWords) {
      return List.copyOf(lastWords);
    }
  }

  private static void readLines(InputStream stream, Consumer<String> consumer) {
    try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        consumer.accept(line);
      }
    } catch (IOException closed) {
      // As good as its end.
    }
  }

  private static void join(Thread reader) {
    try {
      reader.join(DRAIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
