package dev.holdfast.resource.pool;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes that talk over their standard streams. */
final class ProcessConnections implements ConnectionManager<Process> {
  private static final long END_MILLIS = 1_000;

  private final List<String> command;

  ProcessConnections(List<String> command) {
    this.command = List.copyOf(command);
  }

  @Override
  public Process create() throws IOException {
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @Override
  public boolean validate(Process process) {
    return process.isAlive();
  }

  /** Sees what lies in the process's stream, not what a reader has taken from there. */
  @Override
  public void recycle(Process process) throws IOException {
    if (!process.isAlive()) {
      throw new IOException(
          "a process was given back that has ended: pid=%d, exit=%d"
              .formatted(process.pid(), process.exitValue()));
    }
    int unread = process.getInputStream().available();
    if (unread > 0) {
      throw new IOException(
          "a process was given back with output that nobody read: pid=%d, bytes=%d"
              .formatted(process.pid(), unread));
    }
  }

  @Override
  public void destroy(Process process) throws InterruptedException {
    try {
      process.destroy();
      if (!process.waitFor(END_MILLIS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } finally {
      process.destroyForcibly(); // an interrupt must not leave it behind
    }
  }
}
