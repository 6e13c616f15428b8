package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
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

  private static ReloadableConfig.Builder<App> validating(String yaml) {
    return ReloadableConfig.of(App.class)
        .source(ConfigSource.text("app", ConfigFormat.YAML, () -> yaml))
        .withoutWatch()
        .validator(
            "timeout",
            Duration.class,
            (timeout, problems) -> {
              if (timeout.toSeconds() > 60) {
                problems.reject("", "at most 60s");
              }
            })
        .validator(
            "pool",
            App.Pool.class,
            (pool, problems) -> {
              if (pool.minSize() > 1) {
                problems.reject("minSize", "at most 1");
              }
            })
        .validator(
            "servers.port",
            int.class,
            (port, problems) -> {
              if (port != 80) {
                problems.reject("", new IllegalArgumentException("port is closed: port=" + port));
              }
            })
        .validator(
            "servers",
            App.Server.class,
            (server, problems) -> {
              if (server.host().equals("b")) {
                problems.reject("host", "another than b");
              }
            })
        .validator(
            "weights",
            Integer.class,
            (weight, problems) -> {
              if (weight > 1) {
                problems.reject("", "0 or 1");
              }
            })
        .validator("proxy", URI.class, (proxy, problems) -> problems.reject("", "no proxy"))
        .validator(
            "tags",
            Set.class,
            (tags, problems) -> {
              if (tags.size() == 2) {
                throw new IllegalStateException("it breaks");
              }
            });
  }

  private static List<String> problems(ReloadableConfig.Builder<App> builder) {
    return builder.validate().stream().map(ConfigProblem::toString).toList();
  }

  private static final List<String> OF_PARTS =
      List.of(
          "app:2: timeout: value=1m 30s, expected=at most 60s",
          "app:5: pool.minSize: value=2, expected=at most 1",
          "app:12: servers[1].port: port is closed: port=81",
          "app:11: servers[1].host: value=b, expected=another than b",
          "app:16: weights.b: value=2, expected=0 or 1",
          "app:17: proxy: value=http://proxy:3128, expected=no proxy",
          "app:13: tags: a validator failed: java.lang.IllegalStateException: it breaks");

  @Test
  void validator_ofParts_tellsWhatIsWrongInEach() {
    assertThat(problems(validating(App.YAML))).containsExactlyInAnyOrderElementsOf(OF_PARTS);
  }

  @Test
  void validator_ofParts_seesThoseThatCouldBeBoundBesideWhatCouldNot() {
    String yaml = App.YAML.replace("mode: read-only", "mode: readonly");
    List<String> problems = new ArrayList<>(OF_PARTS);
    problems.add("app:3: mode: value=readonly, expected=one of read-only, read-write");
    assertThat(problems(validating(yaml))).containsExactlyInAnyOrderElementsOf(problems);
  }

  @Test
  void validator_ofParts_seesWhatCouldBeBoundOfALargerPart() {
    String yaml =
        """
        greeting: hello
        timeout: 90
        mode: read-only
        pool:
          min-size: 2
          max-size: many
        servers:
          - host: b
            port: 80
          - host: a
            port: none
          - host: a
            port: 81
        tags: [x, y, z]
        weights:
          a: 2
          b: none
        """;
    assertThat(problems(validating(yaml)))
        .containsExactlyInAnyOrder(
            "app:2: timeout: value=90, expected=a duration with its unit, such as 500ms, 10s or 1h 30m",
            "app:6: pool.max-size: value=many, expected=a whole number from -2147483648 to 2147483647",
            "app:4: pool.password: expected=a value, there is no default: a text",
            "app:8: servers[0].host: value=b, expected=another than b",
            "app:11: servers[1].port: value=none, expected=a whole number from -2147483648 to 2147483647",
            "app:13: servers[2].port: port is closed: port=81",
            "app:16: weights.a: value=2, expected=0 or 1",
            "app:17: weights.b: value=none, expected=a whole number from -2147483648 to 2147483647");
  }

  @Test
  void validator_ofParts_seesDefaults() {
    String yaml = "greeting: hi";
    App defaults =
        new App(
            "hello",
            Duration.ofSeconds(90),
            App.Mode.READ_ONLY,
            new App.Pool(0, 8, new Secret("s")),
            List.of(new App.Server("a", 81)),
            Set.of(),
            Map.of("a", 1),
            Optional.empty());
    assertThat(problems(validating(yaml).defaults(defaults)))
        .containsExactlyInAnyOrder(
            "app:1: timeout: at most 60s", "app:1: servers[0].port: port is closed: port=81");
  }

  @Test
  void validator_ofWhole_runsBesideThoseOfPartsAndOnlyWhenAllIsBound() {
    List<App> seen = new ArrayList<>();
    ConfigValidator<App> whole =
        (app, problems) -> {
          seen.add(app);
          problems.reject("pool.max-size", problems.isEmpty() ? "nothing before" : "another");
        };
    assertThat(problems(validating(App.YAML).validator(whole)))
        .contains("app:6: pool.max-size: value=8, expected=another")
        .hasSize(OF_PARTS.size() + 1);
    assertThat(seen).containsExactly(WRITTEN);

    String yaml = App.YAML.replace("mode: read-only", "mode: readonly");
    assertThat(problems(validating(yaml).validator(whole))).hasSize(OF_PARTS.size() + 1);
    assertThat(seen).hasSize(1);
  }

  @Test
  void validator_partThatIsNeverThere_isRefusedBeforeAnythingIsRead() {
    ReloadableConfig.Builder<App> unknown =
        validating(App.YAML).validator("pool.size", int.class, (size, problems) -> {});
    assertThatThrownBy(unknown::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no such key to validate: path=pool.size");
    ReloadableConfig.Builder<App> another =
        validating(App.YAML).validator("pool", App.Server.class, (server, problems) -> {});
    assertThatThrownBy(another::validate)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("path=pool, type=" + App.Server.class.getName());
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
