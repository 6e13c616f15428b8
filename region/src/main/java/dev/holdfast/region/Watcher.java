package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.SystemCallException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The thread of a space that notices deaths within milliseconds, sweeps at the space's interval,
 * and unmaps what could not be unmapped at once.
 *
 * <p>A process that ends makes its pidfd readable: a hint. Whether its participant is dead is
 * proved by its liveness byte, always. Processes in another PID namespace cannot be seen; the sweep
 * finds them.
 */
final class Watcher implements Runnable {
  private static final System.Logger LOG = System.getLogger(Watcher.class.getName());
  private static final Duration LOOK_FOR_NEWCOMERS = Duration.ofMillis(200);
  private static final int RELEASE_WAITS_MAX = 200;

  private final Member member;
  private final Recovery recovery;
  private final Runnable retryUnmaps;
  private final Listeners listeners;
  private final Platform platform;
  private final Descriptor signal;
  private final Thread thread;
  private final Map<Long, Descriptor> processes = new HashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private long joinsSeen = -1;
  private long sweptAt;

  Watcher(Member member, Recovery recovery, Runnable retryUnmaps, Listeners listeners) {
    this.member = member;
    this.recovery = recovery;
    this.retryUnmaps = retryUnmaps;
    this.listeners = listeners;
    this.platform = member.platform;
    this.signal = platform.createSignal();
    this.sweptAt = member.now();
    this.thread =
        Thread.ofPlatform().daemon().name("holdfast-watcher-" + member.space).unstarted(this);
  }

  void start() {
    thread.start();
  }

  /** Whether the caller is this thread, in a listener. */
  boolean isCurrentThread() {
    return Thread.currentThread().equals(thread);
  }

  /** Ends the thread and waits for it; again is fine. */
  void stop() {
    if (closed.compareAndSet(false, true)) {
      orLog(() -> platform.signal(signal)); // without it the thread ends at its next look
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** After {@link #stop}: closes what was watched. */
  void close() {
    processes.values().forEach(process -> orLog(() -> platform.close(process)));
    orLog(() -> platform.close(signal));
  }

  private void orLog(Runnable call) {
    try {
      call.run();
    } catch (SystemCallException e) {
      LOG.log(System.Logger.Level.WARNING, "ending the watch of space " + member.space, e);
    }
  }

  @Override
  public void run() {
    while (!closed.get()) {
      try {
        watchOnce();
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "watching space " + member.space + " failed", e);
        member.environment.pause().accept(LOOK_FOR_NEWCOMERS.toNanos());
      }
    }
  }

  private void watchOnce() {
    lookForNewcomers();
    List<Descriptor> watched = new ArrayList<>(processes.values());
    watched.add(signal);
    List<Descriptor> ready = platform.poll(watched, LOOK_FOR_NEWCOMERS);
    if (closed.get()) {
      return;
    }
    List.copyOf(processes.entrySet()).stream()
        .filter(process -> ready.contains(process.getValue()))
        .forEach(process -> bury(process.getKey(), process.getValue()));
    retryUnmaps.run();
    member.layers.tick();
    listeners.tell();
    if (member.now() - sweptAt >= member.catalog.sweepIntervalNanos()) {
      recovery.sweep();
      sweptAt = member.now();
    }
  }

  private void lookForNewcomers() {
    long joins = member.catalog.get(CatalogLayout.JOINS);
    if (joins == joinsSeen) {
      return;
    }
    joinsSeen = joins;
    forgetThoseWhoLeft();
    for (int slot = 0; slot < member.participants.capacity(); slot++) {
      if (slot != member.me.slot() && !member.participants.isFree(slot)) {
        watch(slot);
      }
    }
  }

  /** A process may come and go many times; each time we would keep a descriptor of it. */
  private void forgetThoseWhoLeft() {
    for (long handle : List.copyOf(processes.keySet())) {
      if (!member.participants.isMember(handle)) {
        platform.close(Objects.requireNonNull(processes.remove(handle)));
      }
    }
  }

  private void watch(int slot) {
    long handle = member.participants.handle(slot);
    if (processes.containsKey(handle)) {
      return;
    }
    ParticipantInfo peer = member.participants.read(slot, true);
    if (peer.pid() <= 0 || peer.pidNamespace() != platform.self().pidNamespace()) {
      return;
    }
    Descriptor process = platform.openProcess(peer.pid());
    if (process == null || platform.startTimeOf(peer.pid()) != peer.startTimeTicks()) {
      if (process != null) {
        platform.close(process);
      }
      recovery.recoverIfDead(slot); // ended already, perhaps
      return;
    }
    processes.put(handle, process);
  }

  /** The process ended; the kernel releases its locks about now. */
  private void bury(long handle, Descriptor process) {
    int slot = Handle.slot(handle);
    for (int wait = 0; wait < RELEASE_WAITS_MAX && member.participants.isMember(handle); wait++) {
      if (recovery.recoverIfDead(slot)) {
        break;
      }
      member.environment.pause().accept(50_000);
    }
    if (!member.participants.isMember(handle)) {
      member.layers.participantDied(handle); // by whomever it was recovered
    }
    processes.remove(handle);
    platform.close(process);
  }
}
