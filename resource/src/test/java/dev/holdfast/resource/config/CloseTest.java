package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Closing waits for nobody who may wait for it. */
class CloseTest extends ConfigTest {

  record Value(int number) {}

  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
  private final AtomicReference<String> text = new AtomicReference<>("number: 1");
  private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

  @Test
  void close_sourceThatBlocks_isNotWaitedForForEver() throws Exception {
    AtomicBoolean blocks = new AtomicBoolean();
    CountDownLatch isReading = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    ReloadableConfig<Value> config =
        ReloadableConfig.of(Value.class)
            .debounce(Duration.ofMillis(1))
            .poll(Duration.ofMillis(1))
            .source(
                ConfigSource.text(
                    "text",
                    ConfigFormat.YAML,
                    () -> {
                      if (blocks.get()) {
                        isReading.countDown();
                        awaitUninterruptibly(mayGoOn);
                      }
                      return text.get();
                    }))
            .open();
    blocks.set(true);
    assertThat(isReading.await(1, TimeUnit.MINUTES)).isTrue();
    CompletableFuture.runAsync(config::close).get(1, TimeUnit.MINUTES);
    mayGoOn.countDown();
  }

  @Test
  void close_inPrepare_rollsBack_andTheChangeDoesNotCome() throws Exception {
    ReloadableConfig<Value> config = open();
    config.subscribe(
        new Recorder() {
          @Override
          public void prepare(ConfigChange<Value> change) {
            super.prepare(change);
            config.close();
          }
        });
    text.set("number: 2");
    assertThat(rejected(reload(config))).containsExactly("Value: the configuration was closed");
    assertThat(take(2)).containsExactly("prepare", "rollback");
    assertThat(config.current().number()).isEqualTo(1);
    assertThat(config.statistics().subscribers()).isZero();
  }

  @Test
  void close_inCommit_theChangeIsInForce() throws Exception {
    ReloadableConfig<Value> config = open();
    config.subscribe(
        new Recorder() {
          @Override
          public void commit(ConfigChange<Value> change) {
            config.close();
            super.commit(change);
          }
        });
    text.set("number: 2");
    applied(reload(config));
    assertThat(take(2)).containsExactly("prepare", "commit");
    assertThat(config.current().number()).isEqualTo(2);
    assertThat(config.statistics().subscribers()).isZero();
  }

  @Test
  void close_inPrepareUnderAWatch_ends() throws Exception {
    ReloadableConfig<Value> config =
        builder().debounce(Duration.ofMillis(1)).poll(Duration.ofMillis(1)).open();
    config.subscribe(
        new Recorder() {
          @Override
          public void prepare(ConfigChange<Value> change) {
            config.close();
            super.prepare(change);
          }
        });
    text.set("number: 2");
    assertThat(take(2)).containsExactly("prepare", "rollback");
    await("it is cleaned up", () -> config.statistics().subscribers() == 0);
    assertThat(config.current().number()).isEqualTo(1);
  }

  @Test
  void close_inAListener_ends() throws Exception {
    ReloadableConfig<Value> config = open();
    config.onChange(_ -> {
      config.close();
      calls.add("closed");
    });
    text.set("number: 2");
    applied(reload(config));
    assertThat(take(1)).containsExactly("closed");
    await("it is cleaned up", () -> config.statistics().subscribers() == 0);
  }

  @Test
  void close_anAttemptIsOnItsWay_aRolloutGoesNoFurther() {
    Duration later = Duration.ofHours(1);
    for (Consumer<Pipeline<Value>> step :
        List.<Consumer<Pipeline<Value>>>of(
            Pipeline::promote, pipeline -> pipeline.advance(System.nanoTime() + later.toNanos()))) {
      AtomicReference<Runnable> whileItReads = new AtomicReference<>(() -> {});
      text.set("number: 1");
      Pipeline<Value> pipeline =
          ReloadableConfig.of(Value.class)
              .source(
                  ConfigSource.text(
                      "text",
                      ConfigFormat.YAML,
                      () -> {
                        whileItReads.get().run();
                        return text.get();
                      }))
              .rollout(Rollout.steps(50))
              .pipeline();
      text.set("number: 2");
      assertThat(pipeline.reload()).isInstanceOf(ReloadOutcome.RollingOut.class);
      whileItReads.set(() -> {
        CompletableFuture.runAsync(pipeline::close).join();
        step.accept(pipeline);
      });
      assertThat(pipeline.reload()).isInstanceOf(ReloadOutcome.Rejected.class);
      assertThat(pipeline.current().value().number()).isEqualTo(1);
      assertThat(pipeline.rollout()).isEmpty();
    }
  }

  @Test
  void close_amidALook_endsTheWatchInSilence() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    CountDownLatch isReading = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    Pipeline<Value> pipeline =
        ReloadableConfig.of(Value.class)
            .source(
                ConfigSource.text(
                    "text",
                    ConfigFormat.YAML,
                    () -> {
                      String read = text.get();
                      // the look behind the first one of what is new finds it at rest
                      if (read.equals("number: 2") && looks.incrementAndGet() == 2) {
                        isReading.countDown();
                        awaitUninterruptibly(mayGoOn);
                      }
                      return read;
                    }))
            .pipeline();
    Duration often = Duration.ofMillis(1);
    try (Log log = new Log(Watch.class)) {
      try (Watch _ = new Watch("value", pipeline, often, often)) {
        text.set("number: 2");
        assertThat(isReading.await(1, TimeUnit.MINUTES)).isTrue();
        pipeline.close();
        mayGoOn.countDown();
      } // waits for it
      assertThat(log.lines()).isEmpty();
      assertThat(pipeline.current().value().number()).isEqualTo(1);
    }
  }

  @Test
  void closed_isReadOnly() {
    ReloadableConfig<Value> config = open();
    config.close();
    config.close();
    text.set("number: 2");
    for (ThrowingCallable refused :
        List.<ThrowingCallable>of(
            config::reload,
            () -> config.rollback(1),
            () -> config.subscribe(new Recorder()),
            () -> config.onChange(_ -> {}),
            () -> config.onChange(Value::number, (_, _) -> {}))) {
      assertThatThrownBy(refused)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("configuration is closed: config=Value");
    }
    assertThat(config.promote()).isFalse();
    assertThat(config.abort("no")).isFalse();
    assertThat(config.current().number()).isEqualTo(1);
    assertThat(config.statistics().subscribers()).isZero();
    assertThat(config.statistics().attempts()).isZero();
  }

  private ReloadOutcome<Value> reload(ReloadableConfig<Value> config) throws Exception {
    return CompletableFuture.supplyAsync(config::reload).get(1, TimeUnit.MINUTES);
  }

  private ReloadableConfig<Value> open() {
    return builder().withoutWatch().open();
  }

  private ReloadableConfig.Builder<Value> builder() {
    return ReloadableConfig.of(Value.class)
        .prepareTimeout(FOR_EVER)
        .source(ConfigSource.text("text", ConfigFormat.YAML, text::get));
  }

  private List<String> take(int count) throws InterruptedException {
    String[] taken = new String[count];
    for (int i = 0; i < count; i++) {
      taken[i] = calls.poll(1, TimeUnit.MINUTES);
    }
    return List.of(taken);
  }

  private void awaitUninterruptibly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        calls.add("ignored: " + e); // as a driver does that knows nothing of interrupts
      }
    }
  }

  private class Recorder implements ConfigSubscriber<Value> {
    @Override
    public void prepare(ConfigChange<Value> change) {
      calls.add("prepare");
    }

    @Override
    public void commit(ConfigChange<Value> change) {
      calls.add("commit");
    }

    @Override
    public void rollback(ConfigChange<Value> change) {
      calls.add("rollback");
    }
  }
}
