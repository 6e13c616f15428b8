package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ScalarsTest extends ConfigTest {

  record All(
      boolean truth,
      char letter,
      byte b,
      short s,
      int i,
      long l,
      float f,
      double d,
      BigInteger big,
      BigDecimal decimal,
      Path path,
      URI uri,
      UUID uuid,
      Instant instant,
      LocalDate date,
      LocalTime time,
      ZoneId zone,
      Charset charset,
      Pattern pattern,
      ByteSize bytes,
      Colour colour) {}

  record Colour(int rgb) {
    static Colour parse(String text) {
      return new Colour(Integer.parseInt(text.substring(1), 16));
    }
  }

  private static final Map<String, String> GOOD =
      Map.ofEntries(
          Map.entry("truth", "TRUE"),
          Map.entry("letter", "x"),
          Map.entry("b", "-128"),
          Map.entry("s", "32767"),
          Map.entry("i", "1"),
          Map.entry("l", "9223372036854775807"),
          Map.entry("f", "1.5"),
          Map.entry("d", "1e3"),
          Map.entry("big", "12345678901234567890"),
          Map.entry("decimal", "1.10"),
          Map.entry("path", "/tmp/x"),
          Map.entry("uri", "http://a/b"),
          Map.entry("uuid", "00000000-0000-0000-0000-000000000001"),
          Map.entry("instant", "2026-01-31T10:15:30Z"),
          Map.entry("date", "2026-01-31"),
          Map.entry("time", "10:15"),
          Map.entry("zone", "Europe/Berlin"),
          Map.entry("charset", "UTF-8"),
          Map.entry("pattern", "a+"),
          Map.entry("bytes", "10 GiB"),
          Map.entry("colour", "#ff8800"));

  @Test
  void everyType_isReadFromItsText() {
    All all = closing(builder(GOOD).open()).current();
    assertThat(all.truth()).isTrue();
    assertThat(all.letter()).isEqualTo('x');
    assertThat(all.b()).isEqualTo(Byte.MIN_VALUE);
    assertThat(all.s()).isEqualTo(Short.MAX_VALUE);
    assertThat(all.l()).isEqualTo(Long.MAX_VALUE);
    assertThat(all.f()).isEqualTo(1.5f);
    assertThat(all.d()).isEqualTo(1000);
    assertThat(all.big()).isEqualTo("12345678901234567890");
    assertThat(all.decimal()).isEqualTo("1.10");
    assertThat(all.path()).isEqualTo(Path.of("/tmp/x"));
    assertThat(all.uuid()).isEqualTo(new UUID(0, 1));
    assertThat(all.instant()).isEqualTo("2026-01-31T10:15:30Z");
    assertThat(all.date()).isEqualTo("2026-01-31");
    assertThat(all.time()).isEqualTo("10:15");
    assertThat(all.zone()).hasToString("Europe/Berlin");
    assertThat(all.charset()).isEqualTo(StandardCharsets.UTF_8);
    assertThat(all.pattern().matcher("aa").matches()).isTrue();
    assertThat(all.bytes()).isEqualTo(new ByteSize(10L << 30));
    assertThat(all.colour()).isEqualTo(new Colour(0xff8800));
  }

  @Test
  void everyType_refusesWhatIsNone_allAtOnce() {
    Map<String, String> bad =
        Map.ofEntries(
            Map.entry("truth", "yes"),
            Map.entry("letter", "xy"),
            Map.entry("b", "128"),
            Map.entry("s", "-32769"),
            Map.entry("i", "1.0"),
            Map.entry("l", ""),
            Map.entry("f", "NaN"),
            Map.entry("d", "1e999"),
            Map.entry("big", "a"),
            Map.entry("decimal", "1,1"),
            Map.entry("path", "\0"),
            Map.entry("uri", "http://a b"),
            Map.entry("uuid", "1"),
            Map.entry("instant", "now"),
            Map.entry("date", "31.1.2026"),
            Map.entry("time", "25:00"),
            Map.entry("zone", "Mars"),
            Map.entry("charset", "UTF-9"),
            Map.entry("pattern", "("),
            Map.entry("bytes", "10 gigs"),
            Map.entry("colour", "orange"));
    assertThat(builder(bad).validate())
        .extracting(ConfigProblem::path)
        .containsExactlyInAnyOrderElementsOf(bad.keySet());
    assertThat(builder(bad).validate())
        .filteredOn(problem -> problem.path().equals("colour"))
        .hasToString("[test: colour: value=orange, expected=a colour such as #ff8800]");
  }

  @Test
  void durations_needUnits() {
    assertThat(Durations.parse("1d 2h 3m 4s 5ms 6us 7ns"))
        .isEqualTo(Duration.parse("P1DT2H3M4.005006007S"));
    assertThat(Durations.parse("1.5s")).isEqualTo(Duration.ofMillis(1500));
    assertThat(Durations.parse("pt1m")).isEqualTo(Duration.ofMinutes(1));
    for (String bad :
        new String[] {"", "5", "5 parsecs", "s", "5s!", "-5s", "999999999999999999d"}) {
      assertThatThrownBy(() -> Durations.parse(bad)).describedAs(bad).isInstanceOf(Exception.class);
    }
  }

  @Test
  void durations_shown_areReadBackAsTheSame() {
    for (String text : new String[] {"0s", "1d 2h 3m 4s 5ms 6us 7ns", "250ms", "1h", "PT-5S"}) {
      assertThat(Durations.show(Durations.parse(text))).isEqualTo(text);
    }
  }

  @Test
  void sizes_shown_areReadBackAsTheSame() {
    for (String text : new String[] {"0", "1023", "1K", "1536", "512M", "10G", "3P", "7E"}) {
      assertThat(ByteSize.parse(text)).hasToString(text);
    }
    assertThat(ByteSize.parse("1kib")).isEqualTo(ByteSize.parse("1024 B"));
    assertThat(ByteSize.parse("1K")).isLessThan(ByteSize.parse("1M"));
    for (String bad : new String[] {"", "-1", "1.5G", "8E", "G"}) {
      assertThatThrownBy(() -> ByteSize.parse(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("size=" + bad);
    }
    assertThatThrownBy(() -> new ByteSize(-1)).hasMessageContaining("bytes=-1");
  }

  @Test
  void keys_ofComponentNames_haveDashes() {
    assertThat(ShapeReader.key("maxSize")).isEqualTo("max-size");
    assertThat(ShapeReader.key("url")).isEqualTo("url");
    assertThat(ShapeReader.key("baseURLPath")).isEqualTo("base-url-path");
    assertThat(ShapeReader.key("a_b")).isEqualTo("a-b");
    assertThat(ShapeReader.key("port2Use")).isEqualTo("port2-use");
  }

  private static ReloadableConfig.Builder<All> builder(Map<String, String> values) {
    return ReloadableConfig.of(All.class)
        .withoutWatch()
        .type(Colour.class, "a colour such as #ff8800", Colour::parse)
        .source(ConfigSource.values("test", values));
  }
}
