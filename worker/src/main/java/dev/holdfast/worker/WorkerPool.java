package dev.holdfast.worker;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.Space;
import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Python processes that call the functions of a file on arrays in regions. No data travels: a
 * worker maps the region itself, and an array that a function returns comes back as a region.
 *
 * <p><b>Sharing.</b> Any thread may call. As many calls run at the same time as there are
 * processes; the others wait in order.
 *
 * <p><b>Lifetime.</b> A worker that dies is replaced, and its call tried again; functions should
 * therefore be repeatable. {@link #close} ends the workers; if this process is killed they end by
 * themselves.
 *
 * <p><b>Memory effects.</b> What was written to the region before a call is seen by the function;
 * what the function wrote is seen by who has the result.
 *
 * <p><b>Cost.</b> Starting a worker is starting Python; a call is two lines through pipes, some
 * dozens of microseconds, whatever the size of the data.
 *
 * <p><b>Errors.</b> {@link WorkerException}'s subclasses; see {@link Call#result}.
 *
 * <pre>{@code
 * try (var pool = WorkerPool.python("vision.py").processes(2).open(space)) {
 *   double[] means = pool.call("channel_means", pixels).result(double[].class);
 * }
 * }</pre>
 */
public final class WorkerPool implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final PythonWorkers spec;
  private final PythonInterpreter python;
  private final Space space;
  private final CallQueue queue = new CallQueue();
  private final List<Worker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong calls = new AtomicLong();
  private final Set<Call> untaken = ConcurrentHashMap.newKeySet();
  private final Set<WorkerProcess> processes = ConcurrentHashMap.newKeySet();
  private boolean closed; // guarded by processes
  private List<String> functions = List.of();

  private WorkerPool(PythonWorkers spec, PythonInterpreter python, Space space) {
    this.spec = spec;
    this.python = python;
    this.space = space;
  }

  /**
   * Workers that call the functions of a Python file; {@link PythonWorkers#open} starts them.
   *
   * @throws IllegalArgumentException if there is no such file
   */
  public static PythonWorkers python(String file) {
    return python(Path.of(file));
  }

  /**
   * Workers that call the functions of a Python file; {@link PythonWorkers#open} starts them.
   *
   * @throws IllegalArgumentException if there is no such file
   */
  public static PythonWorkers python(Path file) {
    return PythonWorkers.of(file);
  }

  static WorkerPool open(PythonWorkers spec, PythonInterpreter python, Space space) {
    WorkerPool pool = new WorkerPool(spec, python, space);
    boolean ready = false;
    try {
      pool.start();
      ready = true;
    } finally {
      if (!ready) {
        pool.close();
      }
    }
    return pool;
  }

  private void start() {
    for (int i = 0; i < spec.processes(); i++) {
      Worker worker = new Worker(this, spec, space, queue);
      workers.add(worker);
      threads.add(Thread.ofPlatform().daemon().name("holdfast-worker-" + i).start(worker));
    }
    for (Worker worker : workers) {
      functions = ready(worker).functions();
    }
  }

  private Message.Ready ready(Worker worker) {
    try {
      return worker.started().get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while workers were starting");
    }
  }

  /** The public functions that the file defines, in its order. */
  public List<String> functions() {
    return functions;
  }

  /** The Python that runs the workers. */
  public PythonInterpreter interpreter() {
    return python;
  }

  /** The workers' processes as they are now. */
  public List<Long> pids() {
    return workers.stream().flatMap(w -> w.process().stream()).map(WorkerProcess::pid).toList();
  }

  /**
   * Calls a function on an array; does not wait.
   *
   * @throws IllegalArgumentException if the file has no such function, or the array's region is not
   *     of the pool's space
   * @throws IllegalStateException if the pool is closed
   */
  public Call call(String function, NdArray array) {
    return callAll(function, List.of(array)).getFirst();
  }

  /**
   * Calls a function on each of the arrays; does not wait. Refuses as {@link #call} does.
   *
   * @return the calls, in the arrays' order
   */
  public List<Call> callAll(String function, List<NdArray> arrays) {
    requireFunction(function);
    List<Call> added = new ArrayList<>();
    boolean accepted = false;
    try {
      for (NdArray array : arrays) {
        long number = calls.incrementAndGet();
        added.add(
            new Call(
                number,
                function,
                array,
                hold(array),
                added.size(),
                arrays.size(),
                untaken::remove));
      }
      untaken.addAll(added);
      accepted = queue.addAll(added);
    } finally {
      if (!accepted) {
        added.forEach(call -> call.fail(closedBeforeItsEnd(call)));
      }
    }
    if (!accepted) {
      throw isClosed();
    }
    return added;
  }

  /**
   * Calls a function on each of the arrays and waits for all results, in the arrays' order.
   *
   * @throws RuntimeException the first failure, as {@link Call#result}; what the others returned is
   *     closed
   */
  public List<Result> map(String function, List<NdArray> arrays) {
    List<Result> results = new ArrayList<>();
    List<Call> all = callAll(function, arrays);
    boolean complete = false;
    try {
      all.forEach(call -> results.add(call.await()));
      complete = true;
    } finally {
      if (!complete) {
        all.forEach(Call::discard);
      }
    }
    return results;
  }

  /**
   * Ends the workers: by closing their input, after a while by SIGTERM, then by SIGKILL. Calls that
   * are not done fail. The second close is a no-op.
   */
  @Override
  public void close() {
    if (!markClosed()) {
      return;
    }
    queue.close().forEach(call -> call.fail(closedBeforeItsEnd(call)));
    boolean interrupted = Thread.interrupted(); // closing is done all the same
    while (!tryEndWorkers()) {
      interrupted = true;
      processes.forEach(WorkerProcess::kill);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    List.copyOf(untaken).forEach(Call::discard);
    recoverTheDead();
  }

  @Override
  public String toString() {
    return "WorkerPool[%s, processes=%s]".formatted(spec.file(), pids());
  }

  // ---- for the workers -------------------------------------------------------------------------

  /**
   * Starts a process; {@code onEnd} is run when it has ended.
   *
   * @throws IllegalStateException if the pool is closed
   */
  WorkerProcess startProcess(Runnable onEnd) {
    synchronized (processes) {
      if (closed) {
        throw isClosed();
      }
      WorkerProcess process = WorkerProcess.start(command(), name(), spec.output(), onEnd);
      processes.removeIf(earlier -> !earlier.isAlive());
      processes.add(process);
      return process;
    }
  }

  /** Tells the user something that no call fails of. */
  void report(String what) {
    spec.output().accept("[%s] %s".formatted(name(), what));
  }

  static IllegalStateException closedBeforeItsEnd(Call call) {
    return new IllegalStateException(
        "worker pool was closed before the call was done: " + call.describe());
  }

  // ---- inside ----------------------------------------------------------------------------------

  private void requireFunction(String function) {
    if (!functions.contains(function)) {
      throw new IllegalArgumentException(
          "no such function: function=%s, file=%s; its public functions are %s"
              .formatted(function, spec.file(), functions));
    }
  }

  /** A hold of the call's own. */
  private Region hold(NdArray array) {
    RegionInfo theirs = requireOpen(array.region()).info();
    Region hold = space.region(array.region().id());
    if (!hold.info().osName().equals(theirs.osName())) {
      hold.close();
      throw new IllegalArgumentException(
          "array's region is of another space: region=%s, the pool's space=%s"
              .formatted(theirs.name(), space.name()));
    }
    return hold;
  }

  private static Region requireOpen(Region region) {
    var _ = region.segment();
    return region;
  }

  private String name() {
    return String.valueOf(spec.file().getFileName());
  }

  private ProcessBuilder command() {
    ProcessBuilder builder =
        new ProcessBuilder(
            python.path().toString(),
            "-m",
            "holdfast.worker",
            "--space",
            space.name(),
            "--root",
            space.root().toString(),
            spec.file().toString());
    builder
        .environment()
        .merge("PYTHONPATH", packagePath(), (theirs, ours) -> ours + File.pathSeparator + theirs);
    return builder;
  }

  /**
   * Where Python finds the holdfast package: inside this module's jar (or its folder of classes).
   */
  private static String packagePath() {
    URI ours = locate();
    if (!"file".equals(ours.getScheme())) {
      throw new IllegalStateException(
          "this module's jar is no file that Python could import from: location=" + ours);
    }
    return Path.of(ours).resolve("python").toString();
  }

  private static URI locate() {
    try {
      return WorkerPool.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("location of this module's jar is no URI", e);
    }
  }

  private boolean markClosed() {
    synchronized (processes) {
      boolean first = !closed;
      closed = true;
      return first;
    }
  }

  /** Ends processes and threads; false if that was interrupted. */
  private boolean tryEndWorkers() {
    try {
      endProcesses();
      for (Thread thread : threads) {
        thread.join();
      }
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void endProcesses() throws InterruptedException {
    processes.forEach(WorkerProcess::closeInput);
    if (!allEnded()) {
      processes.forEach(WorkerProcess::terminate);
    }
    if (!allEnded()) {
      processes.forEach(WorkerProcess::kill);
    }
  }

  private boolean allEnded() throws InterruptedException {
    long deadline = System.nanoTime() + GRACE.toNanos();
    for (WorkerProcess process : processes) {
      if (!process.awaitEnd(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
        return false;
      }
    }
    return true;
  }

  /** A worker that had to be killed left its holds to us. */
  private void recoverTheDead() {
    try {
      space.sweep();
    } catch (IllegalStateException spaceWasClosedFirst) {
      // Then the others in it, or the next one to come, recover them.
    }
  }

  private static IllegalStateException isClosed() {
    return new IllegalStateException("worker pool is closed");
  }
}
