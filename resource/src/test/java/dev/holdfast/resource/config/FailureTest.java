package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Whatever goes wrong on the way is a refusal with a problem: a {@link ConfigException} at the
 * start, later DEGRADED and counted once.
 */
class FailureTest extends ConfigTest {

  record One(int number) {}

  record Throwing(int number) {
    @Override
    public int number() {
      if (number == 2) {
        throw new IllegalStateException("on purpose");
      }
      return number;
    }
  }

  private static final String DEEP = "[".repeat(5_000) + "]".repeat(5_000);

  @Test
  void yaml_tooDeep_isRefused() {
    assertRefused(of(ConfigFormat.YAML), "number: 1", () -> "number: " + DEEP, "levels");
  }

  @Test
  void json_tooDeep_isRefused() {
    assertRefused(
        of(ConfigFormat.JSON), "{\"number\": 1}", () -> "{\"number\": " + DEEP + "}", "levels");
  }

  @Test
  void json_numberTooLongForItsReader_isRefused() {
    String digits = "1".repeat(100_000);
    assertRefused(
        of(ConfigFormat.JSON), "{\"number\": 1}", () -> "{\"number\": " + digits + "}", "JSON");
  }

  @Test
  void properties_tooDeep_isRefused() {
    assertRefused(
        of(ConfigFormat.PROPERTIES), "number=1", () -> "a.".repeat(20_000) + "a=1", "levels");
  }

  @Test
  void source_throwsAnError_isRefused() {
    assertRefused(
        of(ConfigFormat.YAML),
        "number: 1",
        () -> {
          throw new LinkageError("on purpose");
        },
        "on purpose");
  }

  @Test
  void accessor_throws_isRefused() {
    assertRefused(
        new Case<>(Throwing.class, ConfigFormat.YAML), "number: 1", () -> "number: 2", "number()");
  }

  @Test
  void validator_throwsAnError_isRefused() {
    Case<One> validating =
        new Case<>(One.class, ConfigFormat.YAML) {
          @Override
          ReloadableConfig.Builder<One> builder(Callable<String> text) {
            return super.builder(text)
                .validator((value, _) -> {
                  if (value.number() == 2) {
                    throw new AssertionError("on purpose");
                  }
                });
          }
        };
    assertRefused(validating, "number: 1", () -> "number: 2", "on purpose");
  }

  @Test
  void type_throwsAnError_isRefused() {
    record Level(int level) {}
    record Typed(Level number) {}
    Case<Typed> typed =
        new Case<>(Typed.class, ConfigFormat.YAML) {
          @Override
          ReloadableConfig.Builder<Typed> builder(Callable<String> text) {
            return super.builder(text)
                .type(
                    Level.class,
                    "a level",
                    value -> {
                      if (value.equals("2")) {
                        throw new ExceptionInInitializerError("on purpose");
                      }
                      return new Level(1);
                    });
          }
        };
    assertRefused(typed, "number: 1", () -> "number: 2", "a level");
  }

  @Test
  void namesWithDots_areNotTakenForGroups() {
    record Named(Map<String, List<Integer>> m) {}
    AtomicReference<String> text = new AtomicReference<>("m: {x: [1], x.y: [2]}");
    var config = closing(new Case<>(Named.class, ConfigFormat.YAML).builder(text::get).open());
    assertThat(config.snapshot().entries()).hasToString("[m.x[0]=1 (text:1), m.x.y[0]=2 (text:1)]");
    text.set("m: {x: [1], x.y: [3]}");
    assertThat(applied(config.reload()).differences()).hasToString("[m.x.y[0]: 2 -> 3]");
  }

  private <T extends Record> void assertRefused(
      Case<T> it, String good, Callable<String> bad, String why) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> it.builder(bad).open());
    assertThat(refused.problems()).singleElement().asString().contains(why);
    AtomicReference<Callable<String>> source = new AtomicReference<>(() -> good);
    ReloadableConfig<T> config =
        closing(
            it.builder(() -> source.get().call())
                .debounce(Duration.ofMillis(1))
                .poll(Duration.ofMillis(1))
                .open());
    T before = config.current();
    source.set(bad);
    await("degraded", () -> config.health().status() == ConfigHealth.Status.DEGRADED);
    await("counted", () -> config.statistics().rejected() > 0);
    assertThat(config.statistics().rejected()).isEqualTo(1);
    assertThat(config.statistics().attempts()).isEqualTo(1);
    assertThat(config.health().problems()).singleElement().asString().contains(why);
    assertThat(config.current()).isSameAs(before);
    source.set(() -> good);
    await("up", () -> config.health().status() == ConfigHealth.Status.UP);
  }

  private static Case<One> of(ConfigFormat format) {
    return new Case<>(One.class, format);
  }

  private static class Case<T extends Record> {
    private final Class<T> type;
    private final ConfigFormat format;

    Case(Class<T> type, ConfigFormat format) {
      this.type = type;
      this.format = format;
    }

    ReloadableConfig.Builder<T> builder(Callable<String> text) {
      return ReloadableConfig.of(type).source(ConfigSource.text("text", format, text));
    }
  }
}
