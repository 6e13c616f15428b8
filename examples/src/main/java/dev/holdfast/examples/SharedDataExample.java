package dev.holdfast.examples;

import dev.holdfast.region.Subscription;
import dev.holdfast.resource.data.Delivery;
import dev.holdfast.resource.data.Lease;
import dev.holdfast.resource.data.MutableSharedData;
import dev.holdfast.resource.data.SharedData;
import dev.holdfast.resource.data.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Values that many threads read: replaced as a whole, changed in place, or under guards. */
public final class SharedDataExample {
  /** Immutable, so that a reader may keep it for as long as it likes. */
  record Limits(int connections, int queries) {
    Limits withConnections(int changed) {
      return new Limits(changed, queries);
    }
  }

  private SharedDataExample() {}

  /** Runs it. */
  public static void main(String[] arguments) throws InterruptedException {
    replaced();
    changed();
    guarded();
  }

  private static void replaced() throws InterruptedException {
    SharedData<Limits> limits = SharedData.of(new Limits(10, 100));
    CountDownLatch told = new CountDownLatch(1);
    try (Subscription _ =
        limits.subscribe(
            Delivery.EVERY,
            now -> {
              System.out.printf("version %d: %s%n", now.version(), now.value());
              told.countDown();
            })) {
      limits.update(old -> old.withConnections(20));
      if (!told.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody was told");
      }
    }

    Snapshot<Limits> seen = limits.snapshot();
    limits.update(old -> old.withConnections(old.connections() + 1));
    boolean replaced = limits.compareAndSet(seen, new Limits(0, 0)); // somebody was faster
    System.out.printf("%s, replaced: %s%n", limits.get(), replaced);
  }

  private static void changed() {
    SharedData<List<String>> names = SharedData.of(new ArrayList<>(), ArrayList::new);
    names.change(list -> list.add("Ada")); // in place: nobody else has the list
    try (Lease<List<String>> lease = names.lease()) {
      names.change(list -> list.add("Grace")); // on a copy: the leased one stays as it is
      System.out.println("leased " + lease.value());
    }
    names.change(list -> list.add("Barbara")); // in place again
    System.out.printf(
        "%s, %d in place, %d on a copy%n",
        names.get(), names.stats().inPlace(), names.stats().copies());
  }

  private static void guarded() {
    MutableSharedData<List<String>> names = MutableSharedData.of(new ArrayList<>());
    boolean added = names.write(list -> list.add("Ada"));
    int count = names.read(List::size);
    System.out.printf("guarded: added %s, %d name%n", added, count);
  }
}
