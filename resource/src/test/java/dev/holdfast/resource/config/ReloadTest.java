package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReloadTest extends ConfigTest {

  @Test
  void reload_goodFile_isInForce() {
    ReloadableConfig<App> config = open(write("app.yaml", App.YAML));
    write("app.yaml", App.YAML.replace("hello", "good day"));
    assertThat(applied(config.reload()).differences()).hasToString("[greeting: hello -> good day]");
    assertThat(config.current().greeting()).isEqualTo("good day");
    assertThat(config.snapshot().version()).isEqualTo(2);
    assertThat(config).hasToString("ReloadableConfig[name=App, %s]".formatted(config.snapshot()));
  }

  @Test
  void reload_badFile_keepsTheLastGoodOneAndDegradesHealth() {
    ReloadableConfig<App> config = open(write("app.yaml", App.YAML));
    App before = config.current();
    for (String bad :
        new String[] {"", "greeting: [", App.YAML.replace("read-only", "no"), "- 1"}) {
      write("app.yaml", bad);
      assertThat(rejected(config.reload())).isNotEmpty();
      assertThat(config.current()).isSameAs(before);
      assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.DEGRADED);
    }
    assertThat(config.health().problems()).isNotEmpty();
    write("app.yaml", App.YAML);
    assertThat(config.reload()).isInstanceOf(ReloadOutcome.Unchanged.class);
    assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.UP);
    assertThat(config.statistics().rejected()).isEqualTo(4);
    assertThat(config.statistics().attempts()).isEqualTo(5);
    assertThat(config.statistics().attemptTime()).isPositive();
  }

  @Test
  void reload_otherTextSameValues_changesNothingButWhereItStands() {
    ReloadableConfig<App> config = open(write("app.yaml", App.YAML));
    List<Object> told = new ArrayList<>();
    config.onChange(told::add);
    write("app.yaml", "# a comment\n" + App.YAML);
    assertThat(config.reload()).isInstanceOf(ReloadOutcome.Unchanged.class);
    assertThat(config.snapshot().version()).isEqualTo(1);
    assertThat(config.snapshot().entries().getFirst().origin()).endsWith("app.yaml:2");
    assertThat(told).isEmpty();
  }

  @Test
  void reload_listThenEmptyListThenNoKey_givesTheDefaultAndNeverTheOldValue() {
    record Lists(List<String> hosts) {}
    AtomicReference<String> text = new AtomicReference<>("hosts: [a, b]");
    ReloadableConfig<Lists> config =
        closing(
            ReloadableConfig.of(Lists.class)
                .withoutWatch()
                .defaults(new Lists(List.of("default")))
                .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
                .open());
    text.set("hosts: []");
    assertThat(applied(config.reload()).differences())
        .hasToString("[hosts[0]: a -> , hosts[1]: b -> ]");
    text.set("# nothing");
    applied(config.reload());
    assertThat(config.current().hosts()).containsExactly("default");
  }

  @Test
  void reload_patternWrittenAlike_changesNothing() {
    record Patterns(Pattern pattern, int number) {}
    AtomicReference<String> text = new AtomicReference<>("pattern: a+\nnumber: 1");
    ReloadableConfig<Patterns> config =
        closing(
            ReloadableConfig.of(Patterns.class)
                .withoutWatch()
                .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
                .open());
    text.set("# a comment\npattern: a+\nnumber: 1");
    assertThat(config.reload()).isInstanceOf(ReloadOutcome.Unchanged.class);
    text.set("pattern: a+\nnumber: 2");
    assertThat(applied(config.reload()).differences()).hasToString("[number: 1 -> 2]");
    text.set("pattern: b+\nnumber: 2");
    assertThat(applied(config.reload()).differences()).hasToString("[pattern: a+ -> b+]");
  }

  @Test
  void rollback_toThePresentOne_staysDegraded() {
    record Value(int number) {}
    AtomicReference<String> text = new AtomicReference<>("number: 1");
    ReloadableConfig<Value> config =
        closing(
            ReloadableConfig.of(Value.class)
                .withoutWatch()
                .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
                .open());
    text.set("number: many");
    assertThat(rejected(config.reload())).hasSize(1);
    assertThat(config.rollback(1)).isInstanceOf(ReloadOutcome.Unchanged.class);
    assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.DEGRADED);
  }

  @Test
  void rollback_bringsAnOlderOneBack_untilASourceChanges() {
    AtomicReference<String> text = new AtomicReference<>("number: 1");
    ReloadableConfig<One> config = one(text, 10);
    text.set("number: 2");
    applied(config.reload());
    ConfigChange<One> change = applied(config.rollback(1));
    assertThat(change.after().value()).isEqualTo(new One(1));
    assertThat(config.snapshot().version()).isEqualTo(3);
    assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.UP);
    assertThat(config.history()).extracting(each -> each.value().number()).containsExactly(1, 2, 1);
    assertThat(config.statistics().rollbacks()).isEqualTo(1);
    assertThat(config.rollback(3)).isInstanceOf(ReloadOutcome.Unchanged.class);
    applied(config.reload()); // the source still says 2
    assertThat(config.current().number()).isEqualTo(2);
  }

  @Test
  void rollback_vetoed_staysWhereItIs() {
    AtomicReference<String> text = new AtomicReference<>("number: 1");
    ReloadableConfig<One> config = one(text, 10);
    text.set("number: 2");
    applied(config.reload());
    config.subscribe(
        new ConfigSubscriber<>() {
          @Override
          public void prepare(ConfigChange<One> change) throws ConfigVetoException {
            throw new ConfigVetoException("no way back", new IllegalStateException());
          }

          @Override
          public void commit(ConfigChange<One> change) {}
        });
    assertThat(rejected(config.rollback(1))).containsExactly("One: vetoed: no way back");
    assertThat(config.current().number()).isEqualTo(2);
  }

  @Test
  void history_isBounded_andWhatLeftItCannotComeBack() {
    AtomicReference<String> text = new AtomicReference<>("number: 1");
    ReloadableConfig<One> config = one(text, 2);
    for (int number = 2; number <= 4; number++) {
      text.set("number: " + number);
      applied(config.reload());
    }
    assertThat(config.history()).extracting(each -> each.value().number()).containsExactly(4, 3);
    assertThatThrownBy(() -> config.rollback(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version=1, known=[4, 3]");
  }

  @Test
  void validators_tellEverything_withTheLineOfEachKey() {
    record Range(int low, int high, Secret key) {}
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                ReloadableConfig.of(Range.class)
                    .name("range")
                    .withoutWatch()
                    .source(
                        ConfigSource.text(
                            "t", ConfigFormat.YAML, () -> "low: 9\nhigh: 3\nkey: hunter2\n"))
                    .validator((value, problems) -> {
                      if (value.low() > value.high()) {
                        problems.reject("low", "at most high=" + value.high());
                      }
                    })
                    .validator((value, problems) -> {
                      assertThat(problems.isEmpty()).isFalse();
                      problems.reject("key", "a longer text");
                      problems.reject("", "something else altogether");
                    })
                    .open());
    assertThat(refused.problems())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "t:1: low: value=9, expected=at most high=3",
            "t:3: key: value=******, expected=a longer text",
            "t:1: something else altogether");
    assertThat(refused).hasMessageStartingWith("configuration refused: of=range, problems=3");
  }

  @Test
  void secrets_appearNowhere() {
    String secret = "hunter2";
    AtomicReference<String> text = new AtomicReference<>(App.YAML);
    ReloadableConfig<App> config =
        closing(
            ReloadableConfig.of(App.class)
                .withoutWatch()
                .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
                .open());
    text.set(App.YAML.replace(secret, "hunter3"));
    ConfigChange<App> change = applied(config.reload());
    assertThat(change.differences()).hasToString("[pool.password: ****** -> ******]");
    assertThat(config.current().pool().password().reveal()).isEqualTo("hunter3");
    text.set(App.YAML.replace("password: hunter2", "password:\n    hunter2: x"));
    assertThat(rejected(config.reload()).toString()).doesNotContain(secret);
    assertThat(config.current() + "" + config.snapshot() + change + config.snapshot().entries())
        .doesNotContain("hunter");
    assertThat(new Secret("a")).isEqualTo(new Secret("a")).hasSameHashCodeAs(new Secret("a"));
    assertThat(new Secret("a")).isNotEqualTo(new Secret("b")).hasToString("******");
  }

  @Test
  void twoConfigurations_ofOneType_shareNothing() {
    ReloadableConfig<One> first = one(new AtomicReference<>("number: 1"), 1);
    ReloadableConfig<One> second = one(new AtomicReference<>("number: 2"), 1);
    assertThat(first.current().number()).isEqualTo(1);
    assertThat(second.current().number()).isEqualTo(2);
  }

  @Test
  void current_keptInHand_doesNotChangeWithAReload() {
    AtomicReference<String> text = new AtomicReference<>("number: 1");
    ReloadableConfig<One> config = one(text, 10);
    One mine = config.current();
    text.set("number: 2");
    applied(config.reload());
    assertThat(mine.number()).isEqualTo(1);
  }

  @Test
  void builder_nonsense_isRefused() {
    var builder = ReloadableConfig.of(One.class);
    assertThatThrownBy(() -> builder.debounce(Duration.ZERO)).hasMessageContaining("debounce=PT0S");
    assertThatThrownBy(() -> builder.poll(Duration.ofMillis(-1))).hasMessageContaining("poll=");
    assertThatThrownBy(() -> builder.prepareTimeout(Duration.ZERO))
        .hasMessageContaining("prepareTimeout=");
    assertThatThrownBy(() -> builder.historySize(0)).hasMessageContaining("historySize=0");
    assertThat(ConfigSource.values("x", Map.of())).hasToString("x");
  }

  record One(int number) {}

  private ReloadableConfig<One> one(AtomicReference<String> text, int historySize) {
    return closing(
        ReloadableConfig.of(One.class)
            .withoutWatch()
            .historySize(historySize)
            .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
            .open());
  }

  private ReloadableConfig<App> open(Path file) {
    return closing(
        ReloadableConfig.of(App.class).source(ConfigSource.file(file)).withoutWatch().open());
  }
}
