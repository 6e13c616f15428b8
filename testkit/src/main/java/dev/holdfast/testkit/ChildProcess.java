package dev.holdfast.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A real child process that a test talks to line by line, stops, continues and kills.
 *
 * <p><b>Lifetime.</b> {@link #close} ends it with SIGKILL whatever state it is in, and collects it;
 * so does the end of this JVM.
 *
 * <p><b>Errors.</b> Every wait has a watchdog of two minutes; what fails shows what the child wrote
 * to its standard error.
 *
 * <pre>{@code
 * try (ChildProcess child = ChildProcess.java(Holder.class, "name")) {
 *   child.await("READY");
 *   child.kill();
 *   …
 * }
 * }</pre>
 */
public final class ChildProcess implements AutoCloseable {
  private static final long WATCHDOG_SECONDS = 120;

  /** Stands for the end of the output, which no line can. */
  private static final String END = "\0end";

  private final Process process;
  private final PrintWriter input;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> errors = Collections.synchronizedList(new ArrayList<>());
  private final Thread outputReader;
  private final Thread errorReader;
  private final Thread lastResort;

  private ChildProcess(List<String> command) {
    try {
      process = new ProcessBuilder(command).start();
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot start a child process: " + command, failure);
    }
    input = new PrintWriter(process.outputWriter(), true);
    outputReader = reader(process.inputReader(), lines::add, () -> lines.add(END));
    errorReader = reader(process.errorReader(), errors::add, () -> {});
    lastResort = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(lastResort);
  }

  /** Runs the {@code main} of a class in a child JVM with this one's JDK and class path. */
  public static ChildProcess java(Class<?> main, String... arguments) {
    return java(List.of(), main, arguments);
  }

  /** The same with more options for the JVM. */
  public static ChildProcess java(List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return new ChildProcess(command);
  }

  /** Runs a Python script; unbuffered, so that its lines arrive when they are printed. */
  public static ChildProcess python(String script, String... arguments) {
    String interpreter = System.getProperty("holdfast.python", "python3");
    return new ChildProcess(
        Stream.concat(Stream.of(interpreter, "-u", script), Stream.of(arguments)).toList());
  }

  /** Runs any command; its first element is the program. */
  public static ChildProcess command(List<String> command) {
    return new ChildProcess(List.copyOf(command));
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs, be it stopped. */
  public boolean alive() {
    return process.isAlive();
  }

  /** Writes a line to its standard input. */
  public void say(String line) {
    input.println(line);
  }

  /** The next line of its standard output, which it writes by itself soon. */
  public String line() {
    return line(WATCHDOG_SECONDS);
  }

  /** The next line of its standard output, if it may be silent for so long. */
  public String line(long watchdogSeconds) {
    String line = next(watchdogSeconds);
    if (line.equals(END)) {
      lines.add(END);
      throw failure("child ended without another line");
    }
    return line;
  }

  /** What it wrote to its standard output until its end, which this waits for, and nobody read. */
  public List<String> rest() {
    List<String> rest = new ArrayList<>();
    for (String line = next(WATCHDOG_SECONDS); !line.equals(END); line = next(WATCHDOG_SECONDS)) {
      rest.add(line);
    }
    lines.add(END);
    return rest;
  }

  /** Requires that the next line is this one. */
  public void await(String expected) {
    String line = line();
    if (!line.equals(expected)) {
      throw failure("child said: line=" + line + ", expected=" + expected);
    }
  }

  /** What it wrote to its standard error up to now; all of it once it was waited for. */
  public String errors() {
    synchronized (errors) {
      return String.join("\n", errors);
    }
  }

  /** Ends it with SIGKILL and collects it; what it said before can still be read. */
  public void kill() {
    process.toHandle().destroyForcibly(); // the process's own method would close its output as well
    waitFor();
  }

  /** Stops it with SIGSTOP: it lives, holds its locks, and does nothing once this returns. */
  public void stop() {
    signal("STOP");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WATCHDOG_SECONDS);
    while (!isStopped()) { // the signal is sent, and each thread stops when it comes to see it
      if (System.nanoTime() - deadline > 0) {
        throw failure("child does not stop");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private boolean isStopped() {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      for (Path thread : threads.toList()) {
        if (!Files.readString(thread.resolve("stat")).contains(") T ")) {
          return false;
        }
      }
      return true;
    } catch (IOException ended) {
      return false; // a thread, or all of it
    }
  }

  /** Lets it go on with SIGCONT. */
  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try (ChildProcess kill = new ChildProcess(List.of("kill", "-" + name, Long.toString(pid())))) {
      if (kill.waitFor() != 0) {
        throw failure("cannot send SIG" + name + ": " + kill.errors());
      }
    }
  }

  /** Waits for its end; its exit code, or 128 + the signal that ended it. */
  public int waitFor() {
    try {
      if (!process.waitFor(WATCHDOG_SECONDS, TimeUnit.SECONDS)) {
        throw failure("child does not end");
      }
      errorReader.join();
      return process.exitValue();
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    waitFor();
    try {
      outputReader.join();
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
    Runtime.getRuntime().removeShutdownHook(lastResort);
  }

  private String next(long watchdogSeconds) {
    try {
      String line = lines.poll(watchdogSeconds, TimeUnit.SECONDS);
      if (line == null) {
        throw failure("child says nothing");
      }
      return line;
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
  }

  private AssertionError failure(String what) {
    return new AssertionError("%s: pid=%d, errors=%s".formatted(what, pid(), errors()));
  }

  private static AssertionError interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new AssertionError("interrupted while waiting for a child", cause);
  }

  private static Thread reader(
      BufferedReader from, java.util.function.Consumer<String> each, Runnable end) {
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (from) {
            from.lines().forEach(each);
          } catch (IOException | UncheckedIOException closed) {
            each.accept("(output broke off: %s)".formatted(closed.getMessage()));
          } finally {
            end.run();
          }
        });
  }
}
