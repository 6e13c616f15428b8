package dev.holdfast.worker;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionId;
import dev.holdfast.region.RegionNotFoundException;
import dev.holdfast.region.Space;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One of a pool's workers: a thread that takes calls and has them answered by its process, which it
 * replaces when it dies.
 *
 * <p><b>Crash points.</b> The process may die at any moment. Before it has answered: the next one
 * gets the call. After it has named the region of an array, but before that is open here: the
 * region went with it, and the call is tried again. After that: the array is safe, and the process
 * is replaced. The kernel tells of every death; the holds of the dead are given back by a sweep
 * before the next process starts.
 */
final class Worker implements Runnable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration FOREVER = Duration.ofDays(365);

  private final WorkerPool pool;
  private final PythonWorkers spec;
  private final Space space;
  private final CallQueue queue;
  private final CompletableFuture<Message.Ready> started = new CompletableFuture<>();
  private volatile @Nullable WorkerProcess process;

  Worker(WorkerPool pool, PythonWorkers spec, Space space, CallQueue queue) {
    this.pool = pool;
    this.spec = spec;
    this.space = space;
    this.queue = queue;
  }

  /** What its first process said when it was ready. */
  CompletableFuture<Message.Ready> started() {
    return started;
  }

  /** The process of now. */
  Optional<WorkerProcess> process() {
    return Optional.ofNullable(process);
  }

  @Override
  public void run() {
    try {
      started.complete(start());
      while (!queue.isClosed()) {
        Optional<Call> call = queue.take(this::lostItsProcess);
        if (call.isPresent()) {
          answer(call.get());
        } else if (lostItsProcess()) {
          replaceIdle();
        }
      }
    } catch (RuntimeException e) {
      started.completeExceptionally(e);
    } catch (InterruptedException e) {
      started.completeExceptionally(new IllegalStateException("a worker's thread was interrupted"));
    }
  }

  // ---- the process -----------------------------------------------------------------------------

  private boolean lostItsProcess() {
    WorkerProcess now = process;
    return now != null && !now.isAlive();
  }

  /** Once: if the new one does not start, the next call tries again and tells why. */
  private void replaceIdle() throws InterruptedException {
    try {
      bury();
      var _ = start();
    } catch (RuntimeException e) {
      pool.report(
          "cannot replace a worker that died; the next call tries again: " + e.getMessage());
    }
  }

  private void bury() {
    process = null;
    space.sweep();
  }

  /** Starts a process and waits until it is ready. */
  private Message.Ready start() throws InterruptedException {
    WorkerProcess started = pool.startProcess(queue::wake);
    process = started;
    Optional<Message> first = started.receive(START);
    if (first.isPresent() && first.get() instanceof Message.Ready ready) {
      return ready;
    }
    process = null;
    started.kill();
    throw switch (first.orElse(null)) {
      case Message.Refused(Message.PythonError error) ->
          new WorkerFailedException("worker cannot start: file=" + spec.file(), error);
      case Message.Ended death ->
          new WorkerDiedException("worker ended at its start: file=" + spec.file(), death, 1);
      case null, default ->
          new WorkerTimeoutException(
              "worker did not get ready: file=%s, pid=%d, waited=%s"
                  .formatted(spec.file(), started.pid(), START));
    };
  }

  private WorkerProcess ready() throws InterruptedException {
    if (lostItsProcess()) {
      bury();
    }
    WorkerProcess now = process;
    if (now != null) {
      return now;
    }
    var _ = start();
    return Objects.requireNonNull(process);
  }

  // ---- calls -----------------------------------------------------------------------------------

  private void answer(Call call) throws InterruptedException {
    try {
      for (int tries = 1; ; tries++) {
        Optional<Message.Ended> death = tryOnce(call, ready(), tries);
        if (death.isEmpty()) {
          return;
        }
        bury();
        if (queue.isClosed()) {
          throw WorkerPool.closedBeforeItsEnd(call);
        }
        if (tries > spec.retries()) {
          throw new WorkerDiedException("worker died: " + call.describe(), death.get(), tries);
        }
        pool.report(
            "worker died, the call goes to another: %s, pid=%d, exit=%s, tries=%d of %d"
                .formatted(
                    call.describe(),
                    death.get().pid(),
                    ExitStatus.describe(death.get().status()),
                    tries,
                    1 + spec.retries()));
      }
    } catch (RuntimeException e) {
      call.fail(e);
    } catch (InterruptedException e) {
      call.fail(WorkerPool.closedBeforeItsEnd(call));
      throw e;
    }
  }

  /** Has a process answer a call; its death if it could not. */
  private Optional<Message.Ended> tryOnce(Call call, WorkerProcess worker, int attempt)
      throws InterruptedException {
    long begun = System.nanoTime();
    call.begin(worker.pid());
    worker.send(Message.call(call, attempt));
    while (true) {
      Duration spent = Duration.ofNanos(System.nanoTime() - begun);
      Optional<Message> message = worker.receive(spec.timeout().orElse(FOREVER).minus(spent));
      if (message.isEmpty()) {
        throw tookTooLong(call, worker);
      }
      switch (message.get()) {
        case Message.Progress(double fraction) -> call.advance(fraction);
        case Message.Value value -> {
          call.succeed(Result.value(call, worker.pid(), attempt, value.value()));
          return Optional.empty();
        }
        case Message.Array array -> {
          Optional<Region> region = receive(array, call, worker);
          if (region.isPresent()) {
            NdArray held = NdArray.of(region.get(), array.type(), array.lengths());
            call.succeed(Result.array(call, worker.pid(), attempt, held));
            return Optional.empty();
          }
        }
        case Message.Failed(Message.PythonError error) ->
            throw new WorkerFailedException("function raised: " + call.describe(), error);
        case Message.Ended death -> {
          return Optional.of(death);
        }
        case Message.Ready _, Message.Refused _ -> {} // said once, at the start
      }
    }
  }

  /** Opens an array's region and lets the worker close it; empty if it went with the worker. */
  private Optional<Region> receive(Message.Array array, Call call, WorkerProcess worker) {
    try {
      RegionId id = RegionId.parse(array.region()).orElseThrow();
      Region region = space.region(id);
      worker.send(Message.release(call));
      return Optional.of(region);
    } catch (RegionNotFoundException gone) {
      worker.kill(); // it should be dead; a worker that lost a region it holds cannot be trusted
      return Optional.empty();
    }
  }

  private WorkerTimeoutException tookTooLong(Call call, WorkerProcess worker)
      throws InterruptedException {
    worker.kill();
    worker.awaitEnd(FOREVER);
    bury();
    return new WorkerTimeoutException(
        "call took too long: %s, timeout=%s, progress=%.0f %%; its worker was killed: pid=%d"
            .formatted(
                call.describe(),
                spec.timeout().orElseThrow(),
                100 * call.progress(),
                worker.pid()));
  }
}
