package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class PartsTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private long nanos;

  @Test
  void size_unitsAndPlain_areRead() {
    SizeConverter sizes = new SizeConverter();
    assertThat(sizes.convert("4096")).isEqualTo(4096);
    assertThat(sizes.convert("1k")).isEqualTo(1024);
    assertThat(sizes.convert("512M")).isEqualTo(512L << 20);
    assertThat(sizes.convert("10GiB")).isEqualTo(10L << 30);
    assertThat(sizes.convert("7E")).isEqualTo(7L << 60);
  }

  @Test
  void size_otherText_isRefused() {
    for (String text : new String[] {"", "-1", "1.5G", "G", "8E", "99999999999999999999", "1 G"}) {
      assertThatThrownBy(() -> new SizeConverter().convert(text))
          .isInstanceOf(TypeConversionException.class)
          .hasMessageContaining("size=" + text);
    }
  }

  @Test
  void bytes_areReadable() {
    assertThat(Show.bytes(0)).isEqualTo("0 B");
    assertThat(Show.bytes(1023)).isEqualTo("1023 B");
    assertThat(Show.bytes(1L << 30)).isEqualTo("1.0 GiB");
    assertThat(Show.bytes(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
  }

  @Test
  void duration_isReadable() {
    assertThat(Show.duration(Duration.ZERO)).isEqualTo("0ms");
    assertThat(Show.duration(Duration.ofSeconds(3661))).isEqualTo("1h 1m 1s");
    assertThat(Show.duration(Duration.ofDays(2))).isEqualTo("2d");
  }

  @Test
  void bar_littleIsStillSeen() {
    assertThat(Show.bar(0, 100, 10)).isEqualTo("..........");
    assertThat(Show.bar(1, 1000, 10)).isEqualTo("#.........");
    assertThat(Show.bar(50, 100, 10)).isEqualTo("#####.....");
    assertThat(Show.bar(200, 100, 10)).isEqualTo("##########");
    assertThat(Show.bar(5, 0, 3)).isEqualTo("#..");
  }

  @Test
  void table_columns_areAligned() {
    assertThat(new Table("A", ">B", "C").row("long", 1, "x").row("s", 100, "").lines())
        .containsExactly("A       B  C", "long    1  x", "s     100");
  }

  @Test
  void progress_firstSecond_isSilent() {
    Progress progress = new Progress(console(true), () -> nanos, "copying", 100);
    nanos = 999_999_999;
    progress.at(50);
    progress.end();
    assertThat(err()).isEmpty();
  }

  @Test
  void progress_watched_drawsABarAndEndsItsLine() {
    Progress progress = new Progress(console(true), () -> nanos, "copying", 100);
    nanos = 1_000_000_000;
    progress.at(50);
    nanos += 1; // too soon to draw again
    progress.at(51);
    progress.at(100);
    progress.end();
    progress.end();
    assertThat(err())
        .isEqualTo(
            "\rcopying [###############...............]  50% of 100 B\rcopying [##############################] 100% of 100 B"
                + System.lineSeparator());
  }

  @Test
  void progress_notWatched_printsQuarters() {
    Progress progress = new Progress(console(false), () -> nanos, "copying", 1000);
    nanos = 2_000_000_000;
    for (int done = 0; done <= 1000; done += 10) {
      progress.at(done);
    }
    progress.end();
    assertThat(err().lines())
        .containsExactly("copying: 25%", "copying: 50%", "copying: 75%", "copying: 100%");
  }

  @Test
  void interruption_runningCommand_isInterruptedAndWaitedFor() throws InterruptedException {
    AtomicBoolean cleanedUp = new AtomicBoolean();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch known = new CountDownLatch(1);
    Interruption[] interruption = new Interruption[1];
    Thread runner =
        Thread.ofPlatform()
            .start(() -> {
              started.countDown();
              try {
                known.await();
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                cleanedUp.set(true);
              }
              interruption[0].commandEnded();
            });
    interruption[0] = new Interruption(runner);
    started.await();
    known.countDown();
    interruption[0].interrupt();
    assertThat(cleanedUp).isTrue();
    runner.join();
  }

  @Test
  void interruption_endedCommand_isLeftAlone() {
    Interruption interruption = new Interruption(Thread.currentThread());
    interruption.commandEnded();
    interruption.interrupt();
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void console_system_isTheProcesss() throws IOException {
    Console console = Console.system();
    assertThat(console.out()).isSameAs(System.out);
    assertThat(console.environment()).isEqualTo(System.getenv());
  }

  private Console console(boolean watched) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new Console(stream, stream, watched, Map.of());
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
