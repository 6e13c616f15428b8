package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RolloutTest extends ConfigTest {

  record Value(int number) {}

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private final AtomicReference<String> text = new AtomicReference<>("number: 1");
  private final AtomicBoolean healthy = new AtomicBoolean(true);
  private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

  @Test
  void rollout_growsStepByStep_whoHasItKeepsIt_thenAllHaveIt() throws Exception {
    Pipeline<Value> pipeline = pipeline();
    long begin = System.nanoTime();
    start(pipeline, 2);
    assertThat(pipeline.current().value().number()).isEqualTo(1);
    assertThat(calls).containsExactly("prepare 2");
    Set<String> before = Set.of();
    for (double percent : new double[] {1, 10, 50}) {
      assertThat(pipeline.rollout().orElseThrow().percent()).isEqualTo(percent);
      Set<String> now = keysWith(pipeline, 2);
      assertThat(now).containsAll(before);
      assertThat(now.size() / 100.0).isCloseTo(percent, within(2.0));
      before = now;
      begin += MINUTE.plusSeconds(1).toNanos();
      pipeline.advance(begin);
    }
    assertThat(pipeline.rollout()).isEmpty();
    assertThat(pipeline.current().value().number()).isEqualTo(2);
    assertThat(keysWith(pipeline, 1)).isEmpty();
    assertThat(take(2)).containsExactly("prepare 2", "commit 2");
    assertThat(pipeline.statistics().applied()).isEqualTo(1);
  }

  @Test
  void rollout_beforeItsTime_staysWhereItIs() {
    Pipeline<Value> pipeline = pipeline();
    long begin = System.nanoTime();
    start(pipeline, 2);
    pipeline.advance(begin);
    assertThat(pipeline.rollout().orElseThrow().percent()).isEqualTo(1);
    assertThat(pipeline.waitNanos(begin, 5)).isEqualTo(5);
    assertThat(pipeline.waitNanos(begin, Long.MAX_VALUE)).isEqualTo(1_000_000_000);
    pipeline.abort("enough");
    assertThat(pipeline.waitNanos(begin, 7)).isEqualTo(7);
  }

  @Test
  void rollout_notHealthy_endsForAll_andIsNotTriedAgain() throws Exception {
    Pipeline<Value> pipeline = pipeline();
    start(pipeline, 2);
    healthy.set(false);
    pipeline.advance(System.nanoTime());
    assertThat(pipeline.rollout()).isEmpty();
    assertThat(keysWith(pipeline, 2)).isEmpty();
    assertThat(take(2)).containsExactly("prepare 2", "rollback 2");
    assertThat(pipeline.health().problems())
        .hasToString("[value: the rollout was not healthy: percent=1.0]");
    assertThat(pipeline.attempted()).isEqualTo(pipeline.loader().read().fingerprint());
    assertThat(pipeline.statistics().rollbacks()).isEqualTo(1);
  }

  @Test
  void rollout_healthThrows_ends() {
    Pipeline<Value> pipeline =
        pipeline(
            Rollout.steps(1)
                .whileHealthy(() -> {
                  throw new IllegalStateException("no metrics");
                }));
    start(pipeline, 2);
    pipeline.advance(System.nanoTime());
    assertThat(pipeline.health().problems().toString())
        .contains("could not be told: percent=1.0", "no metrics");
  }

  @Test
  void rollout_healthThrowsAnError_ends() {
    Pipeline<Value> pipeline =
        pipeline(
            Rollout.steps(1)
                .whileHealthy(() -> {
                  throw new LinkageError("no metrics");
                }));
    start(pipeline, 2);
    pipeline.advance(System.nanoTime());
    assertThat(pipeline.rollout()).isEmpty();
    assertThat(pipeline.health().problems().toString())
        .contains("could not be told: percent=1.0", "no metrics");
  }

  @Test
  void rollout_healthTakesItsTime_abortDoesNotWaitForIt() throws Exception {
    CountDownLatch isAsked = new CountDownLatch(1);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    Pipeline<Value> pipeline =
        pipeline(
            Rollout.steps(1)
                .whileHealthy(() -> {
                  isAsked.countDown();
                  try {
                    return mayAnswer.await(1, TimeUnit.MINUTES);
                  } catch (InterruptedException e) {
                    return false;
                  }
                }));
    start(pipeline, 2);
    CompletableFuture<Void> advance =
        CompletableFuture.runAsync(
            () -> pipeline.advance(System.nanoTime() + MINUTE.plusSeconds(1).toNanos()));
    assertThat(isAsked.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(pipeline.abort("enough")).isTrue();
    start(pipeline, 3);
    mayAnswer.countDown();
    advance.get(1, TimeUnit.MINUTES);
    assertThat(pipeline.rollout().orElseThrow().change().after().value().number()).isEqualTo(3);
    assertThat(pipeline.current().value().number()).isEqualTo(1);
  }

  @Test
  void reload_withoutWatch_takesTheStepsOfARollout() {
    try (ReloadableConfig<Value> config =
        ReloadableConfig.of(Value.class)
            .withoutWatch()
            .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
            .rollout(Rollout.steps(1).every(Duration.ofMillis(1)).whileHealthy(healthy::get))
            .open()) {
      text.set("number: 2");
      assertThat(config.reload()).isInstanceOf(ReloadOutcome.RollingOut.class);
      await("the end of the rollout", () -> config.reload() instanceof ReloadOutcome.Applied);
      assertThat(config.current().number()).isEqualTo(2);
      text.set("number: 3");
      healthy.set(false);
      assertThat(config.reload()).isInstanceOf(ReloadOutcome.RollingOut.class);
      assertThat(rejected(config.reload()))
          .containsExactly("Value: the rollout was not healthy: percent=1.0");
      assertThat(config.rollout()).isEmpty();
      assertThat(config.health().problems())
          .hasToString("[Value: the rollout was not healthy: percent=1.0]");
    }
  }

  @Test
  void reload_startsAnotherRollout_nobodyIsAskedForItsHealthYet() {
    AtomicInteger asked = new AtomicInteger();
    Pipeline<Value> pipeline =
        pipeline(Rollout.steps(1).whileHealthy(() -> asked.incrementAndGet() > 0));
    start(pipeline, 2);
    start(pipeline, 3);
    assertThat(asked).hasValue(0);
    start(pipeline, 3);
    assertThat(asked).hasValue(1);
  }

  @Test
  void rollout_superseded_theFirstRollsBackBeforeTheNextPrepares() throws Exception {
    Pipeline<Value> pipeline = pipeline();
    start(pipeline, 2);
    start(pipeline, 3);
    assertThat(take(3)).containsExactly("prepare 2", "rollback 2", "prepare 3");
    assertThat(keysWith(pipeline, 2)).isEmpty();
    assertThat(keysWith(pipeline, 3)).isNotEmpty();
  }

  @Test
  void rollout_sourceGoesBack_ends() throws Exception {
    Pipeline<Value> pipeline = pipeline();
    start(pipeline, 2);
    text.set("number: 1");
    assertThat(pipeline.reload()).isInstanceOf(ReloadOutcome.Unchanged.class);
    assertThat(take(2)).containsExactly("prepare 2", "rollback 2");
    assertThat(pipeline.health().status()).isEqualTo(ConfigHealth.Status.UP);
  }

  @Test
  void rollout_reloadOfTheSame_goesOn() {
    Pipeline<Value> pipeline = pipeline();
    start(pipeline, 2);
    assertThat(pipeline.reload()).isInstanceOf(ReloadOutcome.RollingOut.class);
    assertThat(calls).hasSize(1);
  }

  @Test
  void subscribe_amidARollout_takesPartInIt() throws Exception {
    Pipeline<Value> pipeline = pipeline();
    start(pipeline, 2);
    pipeline.subscribe(new Recorder("late "));
    assertThat(pipeline.promote()).isTrue();
    assertThat(take(4))
        .containsExactlyInAnyOrder("prepare 2", "commit 2", "late prepare 2", "late commit 2");
    start(pipeline, 3);
    pipeline.subscribe(new Recorder("later "));
    pipeline.abort("enough");
    assertThat(take(6))
        .containsExactlyInAnyOrder(
            "prepare 3",
            "late prepare 3",
            "later prepare 3",
            "rollback 3",
            "late rollback 3",
            "later rollback 3");
  }

  @Test
  void subscribe_amidARolloutWithAVeto_endsIt() throws Exception {
    Pipeline<Value> pipeline = pipeline();
    start(pipeline, 2);
    pipeline.subscribe(
        new Recorder("late ") {
          @Override
          public void prepare(ConfigChange<Value> change) throws ConfigVetoException {
            throw new ConfigVetoException("not with me");
          }
        });
    assertThat(pipeline.rollout()).isEmpty();
    assertThat(pipeline.health().problems()).hasToString("[value: vetoed: not with me]");
    assertThat(pipeline.statistics().vetoed()).isEqualTo(1);
    assertThat(take(2)).containsExactly("prepare 2", "rollback 2");
  }

  @Test
  void config_promoteAndAbort_endARollout() throws Exception {
    Path file = write("app.yaml", "number: 1\n");
    ReloadableConfig<Value> config =
        closing(
            ReloadableConfig.of(Value.class)
                .debounce(Duration.ofMillis(10))
                .source(ConfigSource.file(file))
                .rollout(Rollout.steps(50).every(Duration.ofHours(1)))
                .open());
    assertThat(config.promote()).isFalse();
    assertThat(config.abort("nothing")).isFalse();
    replace("app.yaml", "number: 2\n");
    await("a rollout", () -> config.rollout().isPresent());
    assertThat(config.promote()).isTrue();
    assertThat(config.current().number()).isEqualTo(2);
    assertThat(config.currentFor("any").number()).isEqualTo(2);
    replace("app.yaml", "number: 3\n");
    await("a rollout", () -> config.rollout().isPresent());
    assertThat(config.abort("looks bad")).isTrue();
    assertThat(config.current().number()).isEqualTo(2);
    assertThat(config.health().problems()).hasToString("[Value: looks bad]");
    assertThat(config.rollback(1)).isInstanceOf(ReloadOutcome.Applied.class);
  }

  @Test
  void rollout_watched_goesToTheEndByItself() {
    Path file = write("app.yaml", "number: 1\n");
    ReloadableConfig<Value> config =
        closing(
            ReloadableConfig.of(Value.class)
                .debounce(Duration.ofMillis(10))
                .poll(Duration.ofHours(1))
                .source(ConfigSource.file(file))
                .rollout(Rollout.steps(1, 50).every(Duration.ofMillis(20)))
                .open());
    replace("app.yaml", "number: 2\n");
    await("the end of the rollout", () -> config.current().number() == 2);
    await("nobody is asked for a key any more", () -> config.rollout().isEmpty());
    assertThat(config.currentFor("any").number()).isEqualTo(2);
  }

  @Test
  void close_amidARollout_rollsBack() throws Exception {
    Pipeline<Value> pipeline = pipeline();
    start(pipeline, 2);
    pipeline.close();
    assertThat(take(2)).containsExactly("prepare 2", "rollback 2");
  }

  @Test
  void steps_thatDoNotGrow_areRefused() {
    for (double[] bad : new double[][] {{}, {0}, {100}, {50, 10}, {-1}, {Double.NaN}}) {
      assertThatThrownBy(() -> Rollout.steps(bad)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> Rollout.steps(1).every(Duration.ZERO))
        .hasMessageContaining("interval=PT0S");
  }

  private void start(Pipeline<Value> pipeline, int number) {
    text.set("number: " + number);
    assertThat(pipeline.reload()).isInstanceOf(ReloadOutcome.RollingOut.class);
  }

  private static Set<String> keysWith(Pipeline<Value> pipeline, int number) {
    return IntStream.range(0, 10_000)
        .mapToObj(i -> "customer-" + i)
        .filter(key -> pipeline.valueFor(key).number() == number)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private Pipeline<Value> pipeline() {
    return pipeline(Rollout.steps(1, 10, 50).every(MINUTE).whileHealthy(healthy::get));
  }

  private Pipeline<Value> pipeline(Rollout rollout) {
    Pipeline<Value> pipeline =
        ReloadableConfig.of(Value.class)
            .name("value")
            .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
            .rollout(rollout)
            .pipeline();
    pipeline.subscribe(new Recorder(""));
    return pipeline;
  }

  private class Recorder implements ConfigSubscriber<Value> {
    private final String name;

    Recorder(String name) {
      this.name = name;
    }

    @Override
    public void prepare(ConfigChange<Value> change) throws ConfigVetoException {
      calls.add(name + "prepare " + change.after().value().number());
    }

    @Override
    public void commit(ConfigChange<Value> change) {
      calls.add(name + "commit " + change.after().value().number());
    }

    @Override
    public void rollback(ConfigChange<Value> change) {
      calls.add(name + "rollback " + change.after().value().number());
    }
  }

  private List<String> take(int count) throws InterruptedException {
    String[] taken = new String[count];
    for (int i = 0; i < count; i++) {
      taken[i] = calls.poll(1, TimeUnit.MINUTES);
    }
    return List.of(taken);
  }
}
