package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EntriesTest {
  private static final long SEED = Long.getLong("holdfast.seed", System.nanoTime());

  private final ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("entries"));
  private final Entries entries = new Entries();

  @AfterEach
  void close() {
    registry.close();
  }

  /** An entry that no registry has; so the collector must not hand it to one either. */
  private Entry<String> entry() {
    CleanupPolicy policy = CleanupPolicy.standard();
    Entry<String> entry =
        new ResourceGuard<>(registry, "text", "x", text -> {}, policy, null).entry();
    entry.clear();
    return entry;
  }

  @Test
  void list_addedAndRemovedAtRandom_isWhatIsLeft() {
    System.out.printf("entries: seed=%d%n", SEED);
    Random random = new Random(SEED);
    List<Entry<?>> in = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      if (in.isEmpty() || random.nextInt(100) < (step < 2_500 ? 60 : 40)) {
        Entry<?> entry = entry();
        assertThat(entries.add(entry)).isTrue();
        in.add(entry);
      } else {
        Collections.swap(in, random.nextInt(in.size()), in.size() - 1);
        entries.remove(in.removeLast());
      }
      if (step % 100 == 0) {
        assertThat(entries.list()).as("seed %d", SEED).containsExactlyInAnyOrderElementsOf(in);
      }
    }
    List.copyOf(in).forEach(entries::remove);
    assertThat(entries.list()).isEmpty();
  }

  @Test
  void add_byManyThreadsRemovedByOthers_noneIsLostNorStays() throws Exception {
    int each = 5_000;
    List<Entry<?>> stays = Collections.synchronizedList(new ArrayList<>());
    Set<Long> ids = Collections.synchronizedSet(new HashSet<>());
    try (ExecutorService adders = Executors.newFixedThreadPool(3);
        ExecutorService remover = Executors.newFixedThreadPool(2)) {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        running.add(
            adders.submit(() -> {
              for (int i = 0; i < each; i++) {
                Entry<?> entry = entry();
                entries.add(entry);
                ids.add(entry.info(0).id());
                if (i % 50 == 0) {
                  stays.add(entry);
                } else {
                  remover.execute(() -> entries.remove(entry));
                }
              }
            }));
      }
      for (Future<?> one : running) {
        one.get(120, TimeUnit.SECONDS);
      }
    }

    assertThat(entries.list()).containsExactlyInAnyOrderElementsOf(stays);
    assertThat(entries.added()).isEqualTo(3L * each);
    assertThat(ids).hasSize(3 * each);
  }

  @Test
  void add_closed_isRefusedAndNotCounted() {
    assertThat(entries.add(entry())).isTrue();

    assertThat(entries.close()).isEqualTo(1);

    assertThat(entries.add(entry())).isFalse();
    assertThat(entries.list()).hasSize(1);
    assertThat(entries.close()).isEqualTo(1);
  }
}
