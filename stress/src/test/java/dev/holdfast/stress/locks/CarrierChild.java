package dev.holdfast.stress.locks;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Mutex;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;

/**
 * The JVM of {@link CarrierTest}: very many virtual threads take one lock, with few carriers. What
 * pins a carrier is recorded.
 */
final class CarrierChild {
  private static final int WARM_UP = 100;

  private static int counter;

  private CarrierChild() {}

  /** Arguments: the space's root and name, how many threads, and where the recording goes. */
  public static void main(String[] args) throws Exception {
    int number = Integer.parseInt(args[2]);
    try (Recording recording = new Recording();
        Space here = Space.open(SpaceSpec.named(args[1]).under(Path.of(args[0])));
        Space there = Space.open(SpaceSpec.named(args[1]).under(Path.of(args[0])))) {
      recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
      List<Mutex> mutexes = List.of(Locks.of(here).mutex("m"), Locks.of(there).mutex("m"));
      contend(mutexes, WARM_UP); // loads classes: who loads one keeps its carrier
      counter = 0;
      recording.start();
      Thread.startVirtualThread(() -> System.out.println("pins " + Pinning.DONE)).join();
      System.out.println("counted " + contend(mutexes, number));
      recording.dump(Path.of(args[3]));
    }
  }

  private static int contend(List<Mutex> mutexes, int number) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    try (Hold _ = mutexes.getFirst().hold()) {
      for (int i = 0; i < number; i++) {
        Mutex mutex = mutexes.get(i % mutexes.size());
        threads.add(Thread.startVirtualThread(() -> count(mutex)));
      }
      awaitAllParked(threads);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return counter;
  }

  private static void count(Mutex mutex) {
    try (Hold _ = mutex.hold(Duration.ofMinutes(10))) {
      counter++;
    }
  }

  /** One that sleeps in the kernel, with its carrier, would be runnable. */
  private static void awaitAllParked(List<Thread> threads) {
    for (Thread thread : threads) {
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        LockSupport.parkNanos(100_000);
      }
    }
  }

  /** Its initialisation parks: a virtual thread in a class initialiser is pinned. */
  private static final class Pinning {
    static final boolean DONE;

    static {
      LockSupport.parkNanos(1_000_000);
      DONE = true;
    }
  }
}
