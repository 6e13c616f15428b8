package dev.holdfast.cli;

import dev.holdfast.worker.NdArray;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/** The usual way, for comparison: processes that are sent each slice through standard input. */
final class DemoPipes implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 20;

  private final List<Pipe> pipes = new ArrayList<>();

  private DemoPipes() {}

  /** Starts the processes and waits until they are ready. */
  static DemoPipes start(Path python, Path functions, int count) throws IOException {
    DemoPipes started = new DemoPipes();
    boolean ready = false;
    try {
      for (int i = 0; i < count; i++) {
        started.pipes.add(Pipe.start(python, functions));
      }
      for (Pipe pipe : started.pipes) {
        pipe.receive();
      }
      ready = true;
    } finally {
      if (!ready) {
        started.close();
      }
    }
    return started;
  }

  List<Long> pids() {
    return pipes.stream().map(pipe -> pipe.process().pid()).toList();
  }

  /** Has each slice digested; whoever is free takes the next. */
  List<DemoDigest> map(List<NdArray> slices) {
    ConcurrentLinkedQueue<Integer> waiting =
        new ConcurrentLinkedQueue<>(IntStream.range(0, slices.size()).boxed().toList());
    AtomicReferenceArray<DemoDigest> digests = new AtomicReferenceArray<>(slices.size());
    List<CompletableFuture<Void>> senders =
        pipes.stream()
            .map(pipe -> CompletableFuture.runAsync(() -> feed(pipe, slices, waiting, digests)))
            .toList();
    senders.forEach(DemoPipes::await);
    return IntStream.range(0, slices.size()).mapToObj(digests::get).toList();
  }

  private static void await(CompletableFuture<Void> sender) {
    try {
      var _ = sender.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof FailureException failure ? failure : e;
    }
  }

  private static void feed(
      Pipe pipe,
      List<NdArray> slices,
      ConcurrentLinkedQueue<Integer> waiting,
      AtomicReferenceArray<DemoDigest> digests) {
    try {
      for (Integer next = waiting.poll(); next != null; next = waiting.poll()) {
        send(slices.get(next).segment(), pipe.process().getOutputStream());
        digests.set(next, DemoDigest.parse(pipe.receive()));
      }
    } catch (IOException e) {
      throw new FailureException(
          "PipeFailed",
          "a process on a pipe failed: pid=%d, %s".formatted(pipe.process().pid(), e.getMessage()));
    }
  }

  private static void send(MemorySegment bytes, OutputStream pipe) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    pipe.write((bytes.byteSize() + "\n").getBytes(StandardCharsets.UTF_8));
    for (long at = 0; at < bytes.byteSize(); at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, bytes.byteSize() - at);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
      pipe.write(chunk, 0, length);
    }
    pipe.flush();
  }

  @Override
  public void close() {
    pipes.forEach(pipe -> pipe.process().destroyForcibly());
  }

  /** A process and the lines it prints. */
  private record Pipe(Process process, BufferedReader lines) {
    static Pipe start(Path python, Path functions) throws IOException {
      Process process =
          new ProcessBuilder(python.toString(), functions.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new Pipe(
          process,
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
    }

    String receive() throws IOException {
      String line = lines.readLine();
      if (line == null) {
        throw new IOException("a process on a pipe ended: pid=" + process.pid());
      }
      return line;
    }
  }
}
