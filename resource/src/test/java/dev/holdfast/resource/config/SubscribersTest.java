package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Subscription;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SubscribersTest extends ConfigTest {

  record Value(int number, String text, Inner inner) {}

  record Inner(int a, int b) {}

  private final AtomicReference<String> text = new AtomicReference<>(yaml(1));
  private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

  @Test
  void subscriber_preparesThenCommits_valueInForceBetween() throws Exception {
    ReloadableConfig<Value> config = open();
    config.subscribe(
        new Recorder("a") {
          @Override
          public void prepare(ConfigChange<Value> change) throws Exception {
            super.prepare(change);
            calls.add("in force " + config.current().number());
          }

          @Override
          public void commit(ConfigChange<Value> change) {
            super.commit(change);
            calls.add("in force " + config.current().number());
          }
        });
    applied(reload(config, 2));
    assertThat(calls)
        .containsExactly("a prepares 1->2", "in force 1", "a commits 1->2", "in force 2");
  }

  @Test
  void times_longerThanAnyClockCounts_areForEver() throws Exception {
    Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
    ReloadableConfig<Value> config =
        open(builder().prepareTimeout(forEver).poll(forEver).debounce(forEver));
    config.subscribe(new Recorder("a"));
    applied(reload(config, 2));
    assertThat(calls).containsExactly("a prepares 1->2", "a commits 1->2");
  }

  @Test
  void oneVeto_nobodyCommits_whoPreparedRollsBack() throws Exception {
    ReloadableConfig<Value> config = open();
    config.subscribe(new Recorder("a"));
    config.subscribe(
        new Recorder("b") {
          @Override
          public void prepare(ConfigChange<Value> change) throws Exception {
            throw new ConfigVetoException("not with me");
          }
        });
    config.subscribe(new Recorder("c"));
    assertThat(rejected(reload(config, 2))).containsExactly("Value: vetoed: not with me");
    assertThat(take(4))
        .containsExactlyInAnyOrder(
            "a prepares 1->2", "c prepares 1->2", "a rolls back 1->2", "c rolls back 1->2");
    assertThat(config.current().number()).isEqualTo(1);
    assertThat(config.health().problems()).hasSize(1);
    assertThat(config.statistics().vetoed()).isEqualTo(1);
    assertThat(config.history()).hasSize(1);
  }

  @Test
  void everyVeto_isTold() {
    ReloadableConfig<Value> config = open();
    for (String name : new String[] {"a", "b"}) {
      config.subscribe(
          new Recorder(name) {
            @Override
            public void prepare(ConfigChange<Value> change) throws Exception {
              throw new IllegalStateException("broken " + name);
            }
          });
    }
    assertThat(rejected(reload(config, 2)))
        .hasSize(2)
        .anyMatch(problem -> problem.contains("broken a"))
        .anyMatch(problem -> problem.contains("broken b"));
  }

  @Test
  void afterAVeto_theNextGoodOneIsApplied() {
    ReloadableConfig<Value> config = open();
    config.subscribe(
        new Recorder("a") {
          @Override
          public void prepare(ConfigChange<Value> change) throws Exception {
            if (change.after().value().number() == 2) {
              throw new ConfigVetoException("even");
            }
          }
        });
    rejected(reload(config, 2));
    assertThat(applied(reload(config, 3)).before().value().number()).isEqualTo(1);
    assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.UP);
  }

  @Test
  void prepare_tooLate_isAVeto_andRollsBackWhenDone() throws Exception {
    CountDownLatch mayPrepare = new CountDownLatch(1);
    ReloadableConfig<Value> config = open(builder().prepareTimeout(Duration.ofMillis(20)));
    config.subscribe(
        new Recorder("slow") {
          @Override
          public void prepare(ConfigChange<Value> change) throws Exception {
            awaitUnchecked(mayPrepare);
            super.prepare(change);
          }
        });
    assertThat(rejected(reload(config, 2)))
        .singleElement()
        .asString()
        .contains("did not prepare in time", "timeout=20ms");
    mayPrepare.countDown();
    assertThat(take(2)).containsExactly("slow prepares 1->2", "slow rolls back 1->2");
  }

  @Test
  void subscribe_whileAnotherPrepares_isNotLeftOut() throws Exception {
    CountDownLatch isPreparing = new CountDownLatch(1);
    CountDownLatch mayPrepare = new CountDownLatch(1);
    ReloadableConfig<Value> config = open();
    config.subscribe(
        new Recorder("quiet") {
          @Override
          public void prepare(ConfigChange<Value> change) throws Exception {
            isPreparing.countDown();
            awaitUnchecked(mayPrepare);
          }
        });
    CompletableFuture<ReloadOutcome<Value>> reload =
        CompletableFuture.supplyAsync(() -> reload(config, 2));
    awaitUnchecked(isPreparing);
    AtomicInteger begun = new AtomicInteger();
    Thread newcomer =
        Thread.ofPlatform()
            .start(() -> {
              config.subscribe(new Recorder("late"));
              begun.set(config.current().number());
            });
    await(
        "it waits or is done",
        () -> !newcomer.isAlive() || newcomer.getState() == Thread.State.WAITING);
    mayPrepare.countDown();
    newcomer.join();
    applied(reload.get(1, TimeUnit.MINUTES));
    assertThat(begun).hasValue(2);
    applied(reload(config, 3));
    assertThat(take(2)).containsExactly("late prepares 2->3", "late commits 2->3");
  }

  @Test
  void slowListener_blocksNobody_andIsToldOnceOfWhatItMissed() throws Exception {
    ReloadableConfig<Value> config = open();
    CountDownLatch mayGoOn = new CountDownLatch(1);
    CountDownLatch isBusy = new CountDownLatch(1);
    List<String> slow = Collections.synchronizedList(new ArrayList<>());
    config.onChange(change -> {
      slow.add(change.differences().toString());
      isBusy.countDown();
      awaitUnchecked(mayGoOn);
    });
    config.onChange(change -> calls.add(change.differences().toString()));
    applied(reload(config, 2));
    isBusy.await();
    assertThat(take(1)).containsExactly("[number: 1 -> 2]");
    applied(reload(config, 3));
    assertThat(take(1)).containsExactly("[number: 2 -> 3]");
    applied(reload(config, 4));
    assertThat(take(1)).containsExactly("[number: 3 -> 4]");
    mayGoOn.countDown();
    await("the slow listener", () -> slow.size() == 2);
    assertThat(slow).containsExactly("[number: 1 -> 2]", "[number: 2 -> 4]");
  }

  @Test
  void listener_toldOfAnOlderOneLate_knowsTheNewerOne() throws Exception {
    ReloadableConfig<Value> config = open();
    ConfigSnapshot<Value> first = config.snapshot();
    applied(reload(config, 2));
    ConfigSnapshot<Value> second = config.snapshot();
    Subscribers<Value> all = new Subscribers<>("value");
    Mailbox mailbox = all.mailbox();
    Listener<Value> listener =
        new Listener<>(
            change -> calls.add(change.differences().toString()),
            (before, after) -> {
              String change = before.version() + " to " + after.version();
              return new ConfigChange<>(
                  before, after, List.of(new ConfigDifference("version", change, "")));
            },
            first,
            mailbox,
            all);
    CountDownLatch mayTell = new CountDownLatch(1);
    mailbox.add(() -> awaitUnchecked(mayTell));
    listener.tell(second);
    listener.tell(first); // by who looked before the second came
    mayTell.countDown();
    mailbox.add(() -> calls.add("told"));
    assertThat(take(2)).containsExactly("[version: 1 to 2 -> ]", "told");
    listener.tell(first);
    mailbox.add(() -> calls.add("told"));
    assertThat(take(1)).containsExactly("told");
  }

  @Test
  void slowCommit_delaysTheOutcomeByItsTimeoutOnly_theValueIsInForce() {
    CountDownLatch mayCommit = new CountDownLatch(1);
    ReloadableConfig<Value> config = open(builder().prepareTimeout(Duration.ofMillis(20)));
    config.subscribe(
        new Recorder("slow") {
          @Override
          public void commit(ConfigChange<Value> change) {
            awaitUnchecked(mayCommit);
          }
        });
    applied(reload(config, 2));
    assertThat(config.current().number()).isEqualTo(2);
    mayCommit.countDown();
  }

  @Test
  void onChange_ofAPart_isToldOfThatPartOnly() throws Exception {
    ReloadableConfig<Value> config = open();
    config.onChange(Value::inner, (before, after) -> calls.add(before + "->" + after));
    config.onChange("inner.b", change -> calls.add("b: " + change.after().value().inner().b()));
    config.onChange("inner", change -> calls.add("inner: " + change.touches("inner.b")));
    applied(reload(config, 2));
    text.set(yaml(2).replace("b: 2", "b: 3"));
    applied(config.reload());
    assertThat(take(3))
        .containsExactlyInAnyOrder("Inner[a=1, b=2]->Inner[a=1, b=3]", "b: 3", "inner: true");
    assertThat(calls).isEmpty();
  }

  @Test
  void onChange_ofAnUnknownKey_isRefused() {
    ReloadableConfig<Value> config = open();
    assertThatThrownBy(() -> config.onChange("inner.c", _ -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("path=inner.c");
    assertThatThrownBy(() -> config.onChange("numbr", _ -> {}))
        .hasMessageContaining("did you mean number?");
  }

  @Test
  void listener_throwing_isCountedAndStaysSubscribed() throws Exception {
    ReloadableConfig<Value> config = open();
    config.onChange(change -> {
      calls.add("told " + change.after().value().number());
      throw new IllegalStateException("on purpose");
    });
    config.subscribe(
        new Recorder("a") {
          @Override
          public void commit(ConfigChange<Value> change) {
            throw new IllegalStateException("on purpose");
          }
        });
    applied(reload(config, 2));
    assertThat(take(2)).containsExactlyInAnyOrder("a prepares 1->2", "told 2");
    applied(reload(config, 3));
    assertThat(take(2)).containsExactlyInAnyOrder("a prepares 2->3", "told 3");
    await("failures are counted", () -> config.statistics().subscriberFailures() == 4);
  }

  @Test
  void closedSubscription_isNotCalledAgain_andForgotten() {
    ReloadableConfig<Value> config = open();
    Subscription two = config.subscribe(new Recorder("a"));
    Subscription one = config.onChange(_ -> calls.add("told"));
    assertThat(config.statistics().subscribers()).isEqualTo(2);
    two.close();
    one.close();
    one.close();
    assertThat(config.statistics().subscribers()).isZero();
    applied(reload(config, 2));
    assertThat(calls).isEmpty();
  }

  @Test
  void subscription_closedBetweenPrepareAndCommit_rollsBack() throws Exception {
    ReloadableConfig<Value> config = open();
    AtomicReference<Subscription> own = new AtomicReference<>();
    own.set(
        config.subscribe(
            new Recorder("a") {
              @Override
              public void prepare(ConfigChange<Value> change) throws Exception {
                super.prepare(change);
                own.get().close();
              }
            }));
    applied(reload(config, 2));
    assertThat(take(2)).containsExactly("a prepares 1->2", "a rolls back 1->2");
  }

  @Test
  void listener_nobodyElseKeeps_isStillToldAfterGarbageCollection() throws Exception {
    ReloadableConfig<Value> config = open();
    Object[] captured = {new Object()};
    WeakReference<Object> reference = new WeakReference<>(captured[0]);
    subscribeKeeping(config, captured[0]);
    captured[0] = "gone";
    System.gc();
    assertThat(reference.get()).isNotNull();
    applied(reload(config, 2));
    assertThat(take(1).getFirst()).startsWith("told java.lang.Object");
  }

  private void subscribeKeeping(ReloadableConfig<Value> config, Object kept) {
    config.onChange(_ -> calls.add("told " + kept));
  }

  @Test
  void reload_fromWithinASubscriber_isRefused() throws Exception {
    ReloadableConfig<Value> config = open();
    List<Runnable> refused =
        List.of(
            config::reload,
            config::promote,
            () -> config.rollback(1),
            () -> config.abort("no"),
            () -> config.subscribe(new Recorder("a")));
    config.onChange(_ -> {
      for (Runnable each : refused) {
        try {
          each.run();
          calls.add("not refused");
        } catch (IllegalStateException e) {
          calls.add(String.valueOf(e.getMessage()));
        }
      }
    });
    applied(reload(config, 2));
    assertThat(take(5)).allSatisfy(call -> assertThat(call).contains("by a subscriber"));
    assertThat(config.statistics().attempts()).isEqualTo(1);
  }

  @Test
  void current_whileItIsReloaded_isNeverMixed() throws Exception {
    text.set("number: 0\ntext: x\ninner: {a: 0, b: 0}\n");
    ReloadableConfig<Value> config = open();
    AtomicReference<String> mixed = new AtomicReference<>("");
    AtomicInteger last = new AtomicInteger();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              while (last.get() < 200) {
                Value value = config.current();
                if (value.inner().a() != value.number() || value.inner().b() != value.number()) {
                  mixed.set(value.toString());
                }
                last.set(value.number());
              }
            });
    for (int number = 1; number <= 200; number++) {
      text.set("number: %1$d\ntext: x\ninner: {a: %1$d, b: %1$d}\n".formatted(number));
      var _ = config.reload();
    }
    assertThat(reader.join(Duration.ofMinutes(1))).isTrue();
    assertThat(mixed).hasValue("");
  }

  @Test
  void reloadsAndSubscriptions_atTheSameTime_loseNothing() throws Exception {
    ReloadableConfig<Value> config = open();
    AtomicInteger next = new AtomicInteger(1);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      boolean isReloader = thread % 2 == 0;
      all.add(
          CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 50; i++) {
              if (isReloader) {
                reload(config, next.incrementAndGet());
              } else {
                config.onChange(_ -> {}).close();
                config.subscribe(new Recorder("quiet")).close();
              }
            }
          }));
    }
    List<Integer> told = Collections.synchronizedList(new ArrayList<>());
    config.onChange(change -> told.add(change.after().value().number()));
    for (CompletableFuture<Void> each : all) {
      each.get(1, TimeUnit.MINUTES);
    }
    applied(reload(config, 1000));
    await("the last one is told", () -> told.contains(1000));
    assertThat(config.current().number()).isEqualTo(1000);
    assertThat(config.snapshot().version()).isEqualTo(config.statistics().applied() + 1);
    assertThat(config.statistics().subscribers()).isEqualTo(1);
  }

  private ReloadOutcome<Value> reload(ReloadableConfig<Value> config, int number) {
    text.set(yaml(number));
    return config.reload();
  }

  private static String yaml(int number) {
    return "number: %d\ntext: x\ninner: {a: 1, b: 2}\n".formatted(number);
  }

  private ReloadableConfig.Builder<Value> builder() {
    return ReloadableConfig.of(Value.class)
        .withoutWatch()
        .source(ConfigSource.text("text", ConfigFormat.YAML, text::get));
  }

  private ReloadableConfig<Value> open() {
    return open(builder());
  }

  private ReloadableConfig<Value> open(ReloadableConfig.Builder<Value> builder) {
    return closing(builder.open());
  }

  private List<String> take(int count) throws InterruptedException {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      String call = calls.poll(1, TimeUnit.MINUTES);
      assertThat(call).describedAs("after %s", taken).isNotNull();
      taken.add(call);
    }
    return taken;
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private class Recorder implements ConfigSubscriber<Value> {
    private final String name;

    Recorder(String name) {
      this.name = name;
    }

    @Override
    public void prepare(ConfigChange<Value> change) throws Exception {
      record("prepares", change);
    }

    @Override
    public void commit(ConfigChange<Value> change) {
      record("commits", change);
    }

    @Override
    public void rollback(ConfigChange<Value> change) {
      record("rolls back", change);
    }

    private void record(String what, ConfigChange<Value> change) {
      if (!name.equals("quiet")) {
        calls.add(
            "%s %s %d->%d"
                .formatted(
                    name, what, change.before().value().number(), change.after().value().number()));
      }
    }
  }
}
