package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A text that is not well-formed, or not a secret's place, tells nobody what stands there. */
class SecretTest extends ConfigTest {

  record Account(String user, Secret password) {}

  private static final String GOOD_YAML = "user: a\npassword: b\n";

  @Test
  void yaml_brokenBySecret_tellsTheLineOnly() {
    for (String text :
        List.of(
            "*Summer2026!",
            "!Summer!2026",
            "!Summer2026",
            "!<Summer2026",
            "&Summer2026!",
            "%Summer2026",
            "@Summer2026",
            "|Summer2026",
            "\"\\Summer2026\"",
            "[Summer2026",
            "{Summer2026: ",
            "Summer: 2026",
            "Summer\n2026",
            "\u0001Summer2026")) {
      assertUntold(ConfigFormat.YAML, "user: a\npassword: " + text + "\n", "Summer");
    }
    assertThat(problems(ConfigFormat.YAML, "user: a\npassword: *Summer2026!\n"))
        .containsExactly("text:2: expected=YAML; found undefined alias");
    assertThat(problems(ConfigFormat.YAML, "user: a\npassword: !Summer!2026\n"))
        .containsExactly("text:2: expected=YAML; found undefined tag handle");
    assertThat(problems(ConfigFormat.YAML, "user: [a\npassword: b\n"))
        .containsExactly("text:2: expected=YAML; expected ',' or ']'");
  }

  @Test
  void json_brokenBySecret_tellsTheLineOnly() {
    for (String text : List.of("Summer2026", "\"\\Summer2026\"", "\"Summer2026")) {
      assertUntold(ConfigFormat.JSON, "{\"user\": \"a\",\n\"password\": " + text + "}", "Summer");
    }
  }

  @Test
  void properties_secretOverSeveralLines_tellsTheLineOnly() {
    for (String lines :
        List.of("MIIEsecret", "MIIEsecret==", "MIIEsecret\nMIIEsecret", "MIIE.secret\nMIIE")) {
      assertUntold(ConfigFormat.PROPERTIES, "user=a\npassword=-----\n" + lines + "\n", "MIIE");
    }
    assertThat(problems(ConfigFormat.PROPERTIES, "user=a\npassword=-----\nMIIEsecret\n"))
        .containsExactly("text:3: expected=a known key: user, password");
  }

  private void assertUntold(ConfigFormat format, String text, String secret) {
    AtomicReference<String> source =
        new AtomicReference<>(
            switch (format) {
              case YAML -> GOOD_YAML;
              case JSON -> "{\"user\": \"a\", \"password\": \"b\"}";
              case PROPERTIES -> "user=a\npassword=b\n";
            });
    try (var config = builder(ConfigSource.text("text", format, source::get)).open();
        Log log = new Log(Pipeline.class)) {
      source.set(text);
      config.reload();
      assertThat(problems(format, text)).allSatisfy(each -> assertUntold(each, secret));
      assertUntold(config.health().problems().toString(), secret);
      assertUntold(config.snapshot().entries().toString(), secret);
      assertUntold(log.lines().toString(), secret);
    }
  }

  private static void assertUntold(String told, String secret) {
    assertThat(told).doesNotContain(secret);
  }

  private static List<String> problems(ConfigFormat format, String text) {
    return builder(ConfigSource.text("text", format, () -> text)).validate().stream()
        .map(ConfigProblem::toString)
        .toList();
  }

  private static ReloadableConfig.Builder<Account> builder(ConfigSource source) {
    return ReloadableConfig.of(Account.class).withoutWatch().source(source);
  }
}
