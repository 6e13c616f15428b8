package dev.holdfast.resource.config;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SourcesTest extends ConfigTest {

  record Service(
      String name, int maxSize, List<String> hosts, Limits limits, Map<String, Limits> by) {
    record Limits(int low, int high) {}
  }

  record Named(String name, Range range) {
    record Range(int low, int high) {
      Range {
        if (low > high) {
          throw new IllegalArgumentException("upside down");
        }
      }
    }
  }

  private static final Service DEFAULTS =
      new Service("default", 1, List.of("d"), new Service.Limits(1, 2), Map.of());

  @Test
  void sources_laterOnesWinKeyByKey_listsAsAWhole() {
    Path base = write("base.yaml", "name: base\nmaxSize: 5\nhosts: [a, b]\nlimits: {low: 3}\n");
    Path over =
        write("over.json", "{\"max-size\": 6, \"hosts\": [\"c\"], \"limits\": {\"high\": 9}}");
    var config = open(builder().source(ConfigSource.file(base)).source(ConfigSource.file(over)));
    assertThat(config.current())
        .isEqualTo(new Service("base", 6, List.of("c"), new Service.Limits(3, 9), Map.of()));
  }

  @Test
  void sources_laterListIsEmpty_thatHolds() {
    for (ConfigSource empty :
        List.of(
            ConfigSource.text("over", ConfigFormat.YAML, () -> "hosts: []\n"),
            ConfigSource.text("over", ConfigFormat.JSON, () -> "{\"hosts\": []}"),
            ConfigSource.text("over", ConfigFormat.PROPERTIES, () -> "hosts=\n"),
            ConfigSource.environment("APP_", Map.of("APP_HOSTS", "")))) {
      var config =
          open(
              builder()
                  .source(ConfigSource.text("base", ConfigFormat.YAML, () -> "hosts: [a, b]\n"))
                  .source(empty));
      assertThat(config.current().hosts()).describedAs("%s", empty).isEmpty();
      assertThat(config.snapshot().entries()).noneMatch(entry -> entry.path().contains("hosts"));
    }
  }

  @Test
  void sources_mapsAreMergedNameByName_anEmptyOneAddsNothing_aDefaultOneIsReplaced() {
    Service.Limits limits = new Service.Limits(1, 2);
    Service defaults =
        new Service("default", 1, List.of(), limits, Map.of("default", new Service.Limits(5, 6)));
    ConfigSource base =
        ConfigSource.text("base", ConfigFormat.YAML, () -> "by: {a: {low: 1, high: 2}}\n");
    ConfigSource more =
        ConfigSource.text("over", ConfigFormat.YAML, () -> "by: {b: {low: 1, high: 2}}\n");
    ConfigSource none = ConfigSource.text("over", ConfigFormat.YAML, () -> "by: {}\n");
    ConfigSource nothing = ConfigSource.text("over", ConfigFormat.JSON, () -> "{\"by\": {}}");
    assertThat(open(builder().defaults(defaults).source(base).source(more)).current().by())
        .isEqualTo(Map.of("a", limits, "b", limits));
    assertThat(open(builder().defaults(defaults).source(base).source(none)).current().by())
        .isEqualTo(Map.of("a", limits));
    assertThat(open(builder().defaults(defaults).source(base).source(nothing)).current().by())
        .isEqualTo(Map.of("a", limits));
    assertThat(open(builder().defaults(defaults).source(none)).current().by()).isEmpty();
    assertThat(open(builder().defaults(defaults)).current()).isEqualTo(defaults);
  }

  @Test
  void problems_ofAGroup_areToldAtItsFirstLine() {
    ConfigSource silent = ConfigSource.environment("APP_", Map.of());
    ConfigSource nameless = yamlSource("file", "# a comment\nrange: {low: 1, high: 2}\n");
    String missing = "file:2: name: expected=a value, there is no default: a text";
    for (List<ConfigSource> sources :
        List.of(
            List.of(nameless),
            List.of(nameless, silent),
            List.of(silent, nameless),
            List.of(nameless, yamlSource("over", "range: {low: 2}\n")),
            List.of(ConfigSource.values("values", Map.of("range.low", "1")), nameless))) {
      assertThat(problems(Named.class, sources)).containsExactly(missing);
    }
    ConfigSource named = yamlSource("file", "name: a\n\nrange:\n  low: 1\n  high: 2\n");
    assertThat(
            problems(
                Named.class,
                List.of(named, ConfigSource.environment("APP_", Map.of("APP_RANGE_LOW", "9")))))
        .containsExactly("file:3: range: upside down");
    assertThat(problems(Named.class, List.of(yamlSource("file", "# nothing\n"), silent)))
        .first()
        .isEqualTo("file:1: name: expected=a value, there is no default: a text");
    assertThat(problems(Named.class, List.of(silent, ConfigSource.values("values", Map.of()))))
        .first()
        .isEqualTo("values: name: expected=a value, there is no default: a text");
  }

  private static ConfigSource yamlSource(String name, String yaml) {
    return ConfigSource.text(name, ConfigFormat.YAML, () -> yaml);
  }

  private static List<String> problems(Class<? extends Record> type, List<ConfigSource> sources) {
    var builder = ReloadableConfig.of(type);
    sources.forEach(builder::source);
    return builder.validate().stream().map(ConfigProblem::toString).toList();
  }

  @Test
  void sources_laterOneIsOfAnotherKind_isRefusedThere() {
    assertThat(overlay("max-size: 3", "max-size: {}"))
        .containsExactly(
            "over:1: max-size: value=(keys), expected=a whole number from -2147483648 to 2147483647");
    assertThat(overlay("max-size: 3", "max-size: []")).hasSize(1);
    assertThat(overlay("limits: {low: 3}", "limits: 5"))
        .containsExactly("over:1: limits: value=5, expected=keys below it: low, high");
    assertThat(overlay("limits: {low: 3}", "limits: []")).hasSize(1);
    assertThat(overlay("limits: 5", "limits: {low: 1, high: 2}")).isEmpty();
    assertThat(overlay("by: {a: {low: 1, high: 2}}", "by: {}")).isEmpty();
    assertThat(overlay("limits: {low: 1, high: 2}", "limits: {}")).isEmpty();
    assertThat(overlay("max-size: many", "max-size: ~")).hasSize(1);
  }

  private List<String> overlay(String base, String over) {
    return builder()
        .source(ConfigSource.text("base", ConfigFormat.YAML, () -> base))
        .source(ConfigSource.text("over", ConfigFormat.YAML, () -> over))
        .validate()
        .stream()
        .map(ConfigProblem::toString)
        .toList();
  }

  @Test
  void entries_sayWhereEachValueWasWritten() {
    Path base = write("base.yaml", "name: base\n\nlimits:\n  low: 3\n");
    var config =
        open(
            builder()
                .source(ConfigSource.file(base))
                .source(ConfigSource.environment("APP_", Map.of("APP_MAX_SIZE", "7"))));
    assertThat(config.snapshot().entries())
        .extracting(ConfigEntry::toString)
        .containsExactly(
            "name=base (%s:1)".formatted(base),
            "max-size=7 (environment APP_MAX_SIZE)",
            "hosts[0]=d (default)",
            "limits.low=3 (%s:4)".formatted(base),
            "limits.high=2 (default)");
  }

  @Test
  void environment_namesFollowTheKeys_listsHaveCommas() {
    var config =
        open(
            builder()
                .source(
                    ConfigSource.environment(
                        "APP_",
                        Map.of(
                            "APP_NAME", "env",
                            "APP_HOSTS", "x, y,z",
                            "APP_LIMITS_LOW", "0",
                            "OTHER_NAME", "no"))));
    assertThat(config.current())
        .isEqualTo(
            new Service("env", 1, List.of("x", "y", "z"), new Service.Limits(0, 2), Map.of()));
  }

  @Test
  void environment_aNameNobodyKnows_isAWarning() {
    var config =
        open(builder().source(ConfigSource.environment("APP_", Map.of("APP_NAM", "typo"))));
    assertThat(config.snapshot().warnings())
        .extracting(ConfigProblem::toString)
        .containsExactly("environment APP_NAM: expected=the name of a key; did you mean APP_NAME?");
  }

  @Test
  void environment_twoKeysOfOneName_isRefusedBeforehand() {
    record Inner(int b) {}
    record Clash(Inner a, int aB) {}
    assertThatThrownBy(() ->
            ReloadableConfig.of(Clash.class)
                .source(ConfigSource.environment("X_", Map.of()))
                .open())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("variable=X_A_B, keys=a.b and a-b");
  }

  @Test
  void environment_badValue_namesTheVariable() {
    assertThat(
            problems(
                builder().source(ConfigSource.environment("APP_", Map.of("APP_MAX_SIZE", "big")))))
        .containsExactly(
            "environment APP_MAX_SIZE: max-size: value=big, expected=a whole number from -2147483648 to 2147483647");
  }

  @Test
  void systemProperties_behindTheirPrefix_areRead() {
    System.setProperty("sources-test.limits.high", "77");
    try {
      var config = open(builder().source(ConfigSource.systemProperties("sources-test.")));
      assertThat(config.current().limits().high()).isEqualTo(77);
    } finally {
      System.clearProperty("sources-test.limits.high");
    }
  }

  @Test
  void values_withUnknownKey_areRefused() {
    assertThat(
            problems(builder().source(ConfigSource.values("arguments", Map.of("limits.lo", "1")))))
        .containsExactly("arguments: limits.lo: expected=a known key; did you mean low?");
  }

  @Test
  void profiles_lieOverTheirFile_theLaterOneWins() {
    Path base = write("app.yaml", "name: base\nmax-size: 1\n");
    write("app-test.yaml", "name: test\nmax-size: 2\n");
    write("app-blue.yaml", "name: blue\n");
    var config = open(builder().source(ConfigSource.file(base)).profiles("test", "blue"));
    assertThat(config.current().name()).isEqualTo("blue");
    assertThat(config.current().maxSize()).isEqualTo(2);
  }

  @Test
  void profile_withoutAnyFile_isATypingError() {
    Path base = write("app.yaml", "name: base\n");
    assertThat(problems(builder().source(ConfigSource.file(base)).profiles("prodction")))
        .singleElement()
        .asString()
        .startsWith("profile prodction: the profile has no file; looked for: [")
        .contains("app-prodction.yaml");
  }

  @Test
  void optionalFile_absent_saysNothing() {
    var config = open(builder().source(ConfigSource.optionalFile(directory.resolve("no.yaml"))));
    assertThat(config.current()).isEqualTo(DEFAULTS);
  }

  @Test
  void file_absentOrUnreadable_isAProblemOfItsOwn() throws IOException {
    Path absent = directory.resolve("no.yaml");
    Path binary = Files.write(directory.resolve("b.yaml"), new byte[] {(byte) 0xC3, 0x28});
    Path folder = Files.createDirectory(directory.resolve("folder.yaml"));
    List<String> problems =
        problems(
            builder()
                .source(ConfigSource.file(absent))
                .source(ConfigSource.file(binary))
                .source(ConfigSource.file(folder))
                .source(
                    ConfigSource.text(
                        "database",
                        ConfigFormat.YAML,
                        () -> {
                          throw new IllegalStateException("no connection");
                        })));
    assertThat(problems).hasSize(4);
    assertThat(problems.get(0)).isEqualTo(absent + ": the file is not there");
    assertThat(problems.get(1)).isEqualTo(binary + ": it cannot be read: it is not UTF-8");
    assertThat(problems.get(2)).startsWith(folder + ": it cannot be read: ");
    assertThat(problems.get(3))
        .startsWith("database: it cannot be read: ")
        .contains("no connection");
  }

  @Test
  void file_ofUnknownFormat_isRefused() {
    assertThatThrownBy(() -> ConfigSource.file(Path.of("app.toml")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("file=app.toml");
  }

  @Test
  void brokenTexts_tellTheLineAndNoneOfTheContent() {
    String secret = "hunter2";
    assertThat(yaml("name: a\nlimits: [\n")).startsWith("text:3: expected=YAML; ");
    assertThat(yaml("name: a\nname: b\n"))
        .isEqualTo("text:2: name: expected=each key once; it stands above already");
    assertThat(yaml("name: a\n---\nname: b\n")).startsWith("text:3: expected=one document");
    assertThat(yaml("- a\n")).isEqualTo("text:1: expected=keys and values");
    assertThat(yaml("? [a]\n: b\n")).startsWith("text:1: expected=YAML; Non scalar key");
    assertThat(yaml("hosts: [a, ~]\n")).isEqualTo("text:1: hosts[1]: expected=a value");
    assertThat(yaml("by: &x\n  a: *x\n")).contains("text:");
    assertThat(yaml(" \n ")).startsWith("text:1: expected=some text; an empty file");
    assertThat(json("{\n\"name\": " + secret + "}"))
        .startsWith("text:2: expected=JSON; ")
        .doesNotContain(secret);
    assertThat(json("{\n\"name\": \"a\",\n\"name\": \"b\"}"))
        .isEqualTo("text:3: name: expected=each key once; it stands above already");
    assertThat(json("[]")).isEqualTo("text:1: expected=keys and values in { }");
    assertThat(json("{}\n{}")).isEqualTo("text:2: expected=nothing behind the last }");
    assertThat(json("{\"hosts\": [null]}")).isEqualTo("text:1: hosts[0]: expected=a value");
    assertThat(text(ConfigFormat.PROPERTIES, "name=a\n\nname=b\n"))
        .isEqualTo("text:3: name: expected=each key once; it stands above already");
    assertThat(text(ConfigFormat.PROPERTIES, "name=\\u00zz\n")).contains("broken \\u escape");
    assertThat(text(ConfigFormat.PROPERTIES, "limits=1\nlimits.low=2\n"))
        .isEqualTo("text:2: limits.low: expected=either a value or keys below it, not both");
    assertThat(text(ConfigFormat.PROPERTIES, "limits.low=2\nlimits=1\n"))
        .isEqualTo("text:2: limits: expected=either a value or keys below it, not both");
    assertThat(yaml("maxSize: 1\nmax-size: 2\n"))
        .contains("it stands there as max-size and as maxSize");
    assertThat(yaml("limits: 3\n")).contains("expected=keys below it: low, high");
    assertThat(yaml("by: 3\n")).contains("expected=names with values below it");
    assertThat(yaml("name: {a: 1}\n")).contains("value=(keys), expected=a text");
  }

  @Test
  void text_thatBecomesTooMuch_isOneProblem() {
    String values = "at most 100000 keys and values, aliases followed";
    assertThat(yaml(bomb(9))).isEqualTo("text:1: expected=" + values);
    String row = "[" + String.join(",", nCopies(300, "0")) + "]";
    String many = "[" + String.join(",", nCopies(350, row)) + "]";
    assertThat(yaml("hosts: " + many)).isEqualTo("text:1: expected=" + values);
    assertThat(json("{\"hosts\": " + many + "}")).isEqualTo("text:1: expected=" + values);
    StringBuilder pairs = new StringBuilder();
    for (int i = 0; i < 100_001; i++) {
      pairs.append("by.").append(i).append("=\n");
    }
    assertThat(text(ConfigFormat.PROPERTIES, pairs.toString()))
        .isEqualTo("text:50001: expected=" + values);
  }

  @Test
  void text_thatIsTooDeep_isOneProblem() {
    String levels = "at most 100 levels";
    String brackets = "[".repeat(5_000) + "]".repeat(5_000);
    assertThat(yaml("hosts: " + brackets)).isEqualTo("text:1: expected=" + levels);
    assertThat(yaml("hosts: " + "[".repeat(20_000))).isEqualTo("text:1: expected=" + levels);
    StringBuilder chain = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 5_000; i++) {
      chain.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
    }
    assertThat(yaml(chain.toString())).endsWith(levels);
    assertThat(json("{\"hosts\": " + brackets + "}")).isEqualTo("text:1: expected=" + levels);
    String key = "a" + ".a".repeat(20_000);
    assertThat(text(ConfigFormat.PROPERTIES, key + "=1")).isEqualTo("text:1: expected=" + levels);
    assertThat(problems(builder().source(ConfigSource.values("values", Map.of(key, "1")))))
        .containsExactly("values: expected=" + levels);
  }

  @Test
  void source_tooLarge_isRefusedUnread() throws IOException {
    Path file = directory.resolve("large.yaml");
    try (var sparse = FileChannel.open(file, CREATE_NEW, WRITE)) {
      sparse.write(ByteBuffer.wrap(new byte[1]), 1L << 40);
    }
    assertThat(problems(builder().source(ConfigSource.file(file))))
        .containsExactly(
            file + ": it cannot be read: it is too large: size=1099511627777, limit=4194304");
    assertThat(yaml("#".repeat(4_194_305)))
        .isEqualTo("text: it cannot be read: it is too large: size=4194305, limit=4194304");
    assertThat(
            builder()
                .source(ConfigSource.text("t", ConfigFormat.YAML, () -> "#".repeat(4_194_304)))
                .validate())
        .isEmpty();
  }

  private static String bomb(int levels) {
    StringBuilder text = new StringBuilder("l0: &l0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < levels; i++) {
      String alias = "*l" + (i - 1);
      text.append("l%d: &l%d [%s]\n".formatted(i, i, String.join(",", nCopies(10, alias))));
    }
    return text.toString();
  }

  @Test
  void nullAndAbsent_areTheSame_theDefaultHolds() {
    var config =
        open(
            builder()
                .source(ConfigSource.text("t", ConfigFormat.YAML, () -> "name: ~\nlimits:\n")));
    assertThat(config.current()).isEqualTo(DEFAULTS);
    config =
        open(builder().source(ConfigSource.text("t", ConfigFormat.JSON, () -> "{\"name\":null}")));
    assertThat(config.current()).isEqualTo(DEFAULTS);
    config = open(builder().source(ConfigSource.text("t", ConfigFormat.YAML, () -> "# nothing\n")));
    assertThat(config.current()).isEqualTo(DEFAULTS);
  }

  @Test
  void texts_stayAsTheyAreWritten() {
    record Texts(String version, String agent, String country, Set<String> quoted) {}
    String yaml = "version: 1.10\nagent: 007\ncountry: no\nquoted: ['null', '~']\n";
    var config =
        closing(
            ReloadableConfig.of(Texts.class)
                .source(ConfigSource.text("t", ConfigFormat.YAML, () -> yaml))
                .withoutWatch()
                .open());
    assertThat(config.current()).isEqualTo(new Texts("1.10", "007", "no", Set.of("null", "~")));
  }

  @Test
  void byteOrderMark_isNoPartOfTheText() {
    for (Map.Entry<ConfigFormat, String> text :
        Map.of(
                ConfigFormat.YAML, "name: a",
                ConfigFormat.JSON, "{\"name\": \"a\"}",
                ConfigFormat.PROPERTIES, "name=a")
            .entrySet()) {
      var config =
          open(
              builder()
                  .source(ConfigSource.text("t", text.getKey(), () -> "\uFEFF" + text.getValue())));
      assertThat(config.current().name()).describedAs("%s", text.getKey()).isEqualTo("a");
    }
  }

  @Test
  void indexes_withGapsOrTwice_areRefused() {
    assertThat(text(ConfigFormat.PROPERTIES, "hosts[0]=a\nhosts[7]=b\n"))
        .isEqualTo("text:2: hosts[7]: expected=indexes from 0 on, each once; next would be 1");
    assertThat(text(ConfigFormat.PROPERTIES, "hosts[0]=a\nhosts[1]=b\nhosts[01]=c\n"))
        .contains("hosts[1]: expected=indexes from 0 on, each once; next would be 2");
    assertThat(text(ConfigFormat.PROPERTIES, "hosts[1]=a\n")).contains("next would be 0");
  }

  @Test
  void components_ofTheSameKey_areRefusedBeforehand() {
    record Same(int maxSize, int max_size) {}
    assertThatThrownBy(() -> ReloadableConfig.of(Same.class).validate())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key=max-size, components=maxSize and max_size");
  }

  @Test
  void schemaVersion_besideAComponentOfThatKey_isRefusedBeforehand() {
    record Versioned(int version) {}
    assertThatThrownBy(() -> ReloadableConfig.of(Versioned.class).schemaVersion(1).validate())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key=version");
  }

  @Test
  void yaml_aliasesAndMergeKeys_areWhatTheyStandFor_ownKeysWin() {
    String yaml = "by: {a: &l {low: 3, high: 4}, b: *l, c: {<<: *l, high: 9}}\n";
    var config = open(builder().source(ConfigSource.text("t", ConfigFormat.YAML, () -> yaml)));
    Service.Limits limits = new Service.Limits(3, 4);
    assertThat(config.current().by())
        .isEqualTo(Map.of("a", limits, "b", limits, "c", new Service.Limits(3, 9)));
  }

  @Test
  void everyError_ofAFileIsToldAtOnce() {
    record Many(int a, int b, int c, List<String> hosts) {}
    String yaml =
        """
        a: 1
        a: 2
        b: many
        regionz:
        hosts: [x, ~, z]
        """;
    String json =
        """
        {"a": 1,
        "a": [2],
        "b": "many",
        "regionz": null,
        "hosts": ["x", null, "z"]}
        """;
    for (int version = 0; version < 2; version++) {
      int schema = version;
      for (ConfigFormat format : List.of(ConfigFormat.YAML, ConfigFormat.JSON)) {
        String text = format == ConfigFormat.YAML ? yaml : json;
        String versioned =
            schema == 0
                ? text
                : format == ConfigFormat.YAML
                    ? text + "version: 1\n"
                    : text.replace("]}", "], \"version\": 1}");
        var builder =
            ReloadableConfig.of(Many.class)
                .source(ConfigSource.text("text", format, () -> versioned))
                .source(ConfigSource.values("values", Map.of("d", "4")));
        if (schema > 0) {
          builder.schemaVersion(schema);
        }
        assertThat(builder.validate())
            .extracting(ConfigProblem::toString)
            .containsExactly(
                "text:2: a: expected=each key once; it stands above already",
                "text:5: hosts[1]: expected=a value",
                "text:4: regionz: expected=a known key: a, b, c, hosts",
                "values: d: expected=a known key; did you mean a?",
                "text:3: b: value=many, expected=a whole number from -2147483648 to 2147483647",
                "text:1: c: expected=a value, there is no default: a whole number from -2147483648 to 2147483647");
      }
    }
  }

  @Test
  void sources_problemsComeInTheirOrder() {
    assertThat(overlay("zz: 1\n", "yy: 1\n"))
        .extracting(problem -> problem.substring(0, 8))
        .containsExactly("base:1: ", "over:1: ");
  }

  @Test
  void unknownKeys_whenTheyMayBe_areWarnings() {
    var config =
        open(
            builder()
                .warnOnUnknownKeys()
                .source(ConfigSource.text("t", ConfigFormat.YAML, () -> "colour: red\n")));
    assertThat(config.snapshot().warnings())
        .extracting(ConfigProblem::toString)
        .containsExactly("t:1: colour: expected=a known key: name, max-size, hosts, limits, by");
  }

  private String yaml(String text) {
    return text(ConfigFormat.YAML, text);
  }

  private String json(String text) {
    return text(ConfigFormat.JSON, text);
  }

  private String text(ConfigFormat format, String text) {
    List<String> problems =
        problems(builder().source(ConfigSource.text("text", format, () -> text)));
    assertThat(problems).hasSize(1);
    return problems.getFirst();
  }

  private ReloadableConfig.Builder<Service> builder() {
    return ReloadableConfig.of(Service.class).defaults(DEFAULTS).withoutWatch();
  }

  private ReloadableConfig<Service> open(ReloadableConfig.Builder<Service> builder) {
    return closing(builder.open());
  }

  private static List<String> problems(ReloadableConfig.Builder<Service> builder) {
    ConfigException refused = catchThrowableOfType(ConfigException.class, builder::open);
    assertThat(refused.problems()).isEqualTo(builder.validate());
    return refused.problems().stream().map(ConfigProblem::toString).toList();
  }
}
