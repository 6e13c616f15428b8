package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BindTest extends ConfigTest {

  private static final App WRITTEN =
      new App(
          "hello",
          Duration.ofSeconds(90),
          App.Mode.READ_ONLY,
          new App.Pool(2, 8, new Secret("hunter2")),
          List.of(new App.Server("a", 80), new App.Server("b", 81)),
          Set.of("x", "y"),
          Map.of("a", 1, "b", 2),
          Optional.of(URI.create("http://proxy:3128")));

  @Test
  void open_yaml_bindsEveryKind() {
    assertThat(open(ConfigFormat.YAML, App.YAML).current()).isEqualTo(WRITTEN);
  }

  @Test
  void open_json_bindsTheSame() {
    String json =
        """
        {"greeting": "hello", "timeout": "PT1M30S", "mode": "READ_ONLY",
         "pool": {"minSize": 2, "maxSize": 8, "password": "hunter2"},
         "servers": [{"host": "a", "port": 80}, {"host": "b", "port": 81}],
         "tags": ["x", "y"], "weights": {"a": 1, "b": 2}, "proxy": "http://proxy:3128"}
        """;
    assertThat(open(ConfigFormat.JSON, json).current()).isEqualTo(WRITTEN);
  }

  @Test
  void open_properties_bindsTheSame() {
    String properties =
        """
        greeting=hello
        timeout = 90s
        mode=read-only
        pool.min-size=2
        pool.maxSize=\\
            8
        # a comment \\
        pool.password=hunter2
        servers[0].host=a
        servers[0].port=80
        servers[1].host=b
        servers[1].port=81
        tags=x, y
        weights.a=1
        weights.b=2
        proxy=http\\://proxy:3128
        """;
    assertThat(open(ConfigFormat.PROPERTIES, properties).current()).isEqualTo(WRITTEN);
  }

  @Test
  void open_manyErrors_tellsAllWithFileLineValueAndExpectation() {
    String yaml =
        """
        greetin: hello
        timeout: 90
        mode: readonly
        pool:
          min-size: 9
          max-size: many
          password: [1]
        servers:
          - host: a
          - port: 99999999999
        tags: x
        weights:
          a: 1.5
        """;
    ConfigException refused = refused(ConfigFormat.YAML, yaml);
    assertThat(refused.problems())
        .extracting(ConfigProblem::toString)
        .containsExactlyInAnyOrder(
            "app:1: greetin: expected=a known key; did you mean greeting?",
            "app:1: greeting: expected=a value, there is no default: a text",
            "app:2: timeout: value=90, expected=a duration with its unit, such as 500ms, 10s or 1h 30m",
            "app:3: mode: value=readonly, expected=one of read-only, read-write",
            "app:6: pool.max-size: value=many, expected=a whole number from -2147483648 to 2147483647",
            "app:7: pool.password: value=(list), expected=a text",
            "app:9: servers[0].port: expected=a value, there is no default: a whole number from -2147483648 to 2147483647",
            "app:10: servers[1].host: expected=a value, there is no default: a text",
            "app:10: servers[1].port: value=99999999999, expected=a whole number from -2147483648 to 2147483647",
            "app:11: tags: value=x, expected=a list",
            "app:13: weights.a: value=1.5, expected=a whole number from -2147483648 to 2147483647");
    assertThat(refused)
        .hasMessageContaining("problems=11")
        .hasMessageContaining("app:13: weights.a");
  }

  @Test
  void open_recordRefusesItsValues_tellsWhereItStands() {
    assertThat(
            refused(ConfigFormat.YAML, App.YAML.replace("min-size: 2", "min-size: 9")).problems())
        .extracting(ConfigProblem::toString)
        .containsExactly("app:4: pool: pool is upside down: minSize=9, maxSize=8");
  }

  @Test
  void of_notWritableTypes_areRefusedBeforeAnythingIsRead() {
    record Bad(Thread thread) {}
    record Loop(Optional<Loop> next) {}
    assertThatThrownBy(() -> ReloadableConfig.of(Bad.class).open())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("type=java.lang.Thread, component=Bad.thread");
    assertThatThrownBy(() -> ReloadableConfig.of(Loop.class).open())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot contain itself");
  }

  private ReloadableConfig<App> open(ConfigFormat format, String text) {
    return closing(
        ReloadableConfig.of(App.class)
            .source(ConfigSource.text("app", format, () -> text))
            .withoutWatch()
            .open());
  }

  private ConfigException refused(ConfigFormat format, String text) {
    return catchThrowableOfType(ConfigException.class, () -> open(format, text));
  }
}
