package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * The poll of an hour says that it was the watch who saw it; where polling itself is meant, it is
 * short.
 */
class WatchTest extends ConfigTest {

  record Value(int number, String text) {}

  @Test
  void watch_fileWrittenInPlace_isSeen() {
    ReloadableConfig<Value> config = open(write("app.yaml", yaml(1)));
    write("app.yaml", yaml(2));
    awaitNumber(config, 2);
  }

  @Test
  void watch_fileRenamedOver_isSeenAgainAndAgain() {
    ReloadableConfig<Value> config = open(write("app.yaml", yaml(1)));
    for (int number = 2; number < 5; number++) {
      replace("app.yaml", yaml(number));
      awaitNumber(config, number);
    }
  }

  @Test
  void watch_backupThenNewFile_asVimDoes_isSeen() throws IOException {
    Path file = write("app.yaml", yaml(1));
    ReloadableConfig<Value> config = open(file);
    Files.move(file, directory.resolve("app.yaml~"));
    write("app.yaml", yaml(2));
    awaitNumber(config, 2);
  }

  @Test
  void watch_configMapSwap_isSeenEachTime() throws IOException {
    Path file = configMap(1);
    ReloadableConfig<Value> config = open(file);
    for (int number = 2; number < 6; number++) {
      swap(number);
      awaitNumber(config, number);
    }
    assertThat(config.history()).hasSize(5);
    assertThat(config.statistics().rejected()).isZero();
  }

  @Test
  void watch_directoryIsALink_swapIsSeen() throws IOException {
    Files.createDirectories(directory.resolve("release-1/conf"));
    Files.createDirectories(directory.resolve("release-2/conf"));
    write("release-1/conf/app.yaml", yaml(1));
    write("release-2/conf/app.yaml", yaml(2));
    Files.createSymbolicLink(directory.resolve("current"), Path.of("release-1"));
    ReloadableConfig<Value> config = open(directory.resolve("current/conf/app.yaml"));
    link("current", Path.of("release-2"));
    awaitNumber(config, 2);
    write("release-2/conf/app.yaml", yaml(3));
    awaitNumber(config, 3);
  }

  @Test
  void watch_chainOfLinks_contentBehindItIsSeen() throws IOException {
    Path real = write("real.yaml", yaml(1));
    Files.createSymbolicLink(directory.resolve("middle.yaml"), real);
    Path file = Files.createSymbolicLink(directory.resolve("app.yaml"), Path.of("middle.yaml"));
    ReloadableConfig<Value> config = open(file);
    write("real.yaml", yaml(2));
    awaitNumber(config, 2);
    Path other = write("other.yaml", yaml(3));
    link("middle.yaml", other);
    awaitNumber(config, 3);
  }

  @Test
  void watch_truncatedAndWrittenInPieces_halfIsNeverTaken() throws IOException {
    Path file = write("app.yaml", yaml(1));
    ReloadableConfig<Value> config = open(file, Duration.ofMillis(500));
    List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
    config.onChange(change -> seen.add(change.after().value().number()));
    try (OutputStream out = Files.newOutputStream(file)) {
      for (String piece : new String[] {"number: 2", "2\n", "text: ", "x\n"}) {
        out.write(piece.getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    }
    await("22", () -> seen.contains(22));
    assertThat(seen).containsExactly(22);
  }

  @Test
  void watch_fileDeleted_keepsTheLastGoodOne_untilItIsBack() throws IOException {
    Path file = write("app.yaml", yaml(1));
    ReloadableConfig<Value> config = open(file);
    Files.delete(file);
    awaitStatus(config, ConfigHealth.Status.DEGRADED);
    assertThat(config.current().number()).isEqualTo(1);
    assertThat(config.health().problems())
        .hasToString("[%s: the file is not there]".formatted(file));
    write("app.yaml", yaml(2));
    awaitNumber(config, 2);
    assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.UP);
  }

  @Test
  void watch_directoryDeletedAndMadeAgain_isSeen() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("conf"));
    Path file = write("conf/app.yaml", yaml(1));
    ReloadableConfig<Value> config = closing(builder(file).poll(Duration.ofMillis(20)).open());
    Files.delete(file);
    Files.delete(folder);
    awaitStatus(config, ConfigHealth.Status.DEGRADED);
    Files.createDirectory(folder);
    write("conf/app.yaml", yaml(2));
    awaitNumber(config, 2);
    write("conf/app.yaml", yaml(3));
    awaitNumber(config, 3);
  }

  @Test
  void watch_directoryReplacedByRename_isSeen_andWhatIsWrittenThereLater() throws IOException {
    Files.createDirectory(directory.resolve("conf"));
    ReloadableConfig<Value> config = open(write("conf/app.yaml", yaml(1)));
    Files.createDirectory(directory.resolve("conf.new"));
    write("conf.new/app.yaml", yaml(2));
    Files.move(directory.resolve("conf"), directory.resolve("conf.old"));
    Files.move(directory.resolve("conf.new"), directory.resolve("conf"));
    awaitNumber(config, 2);
    for (int number = 3; number < 6; number++) {
      write("conf/app.yaml", yaml(number));
      awaitNumber(config, number);
    }
  }

  @Test
  void watch_changedBetweenTheFirstReadAndTheWatch_isSeen() {
    Path file = write("app.yaml", yaml(1));
    AtomicInteger reads = new AtomicInteger();
    ReloadableConfig<Value> config =
        closing(
            builder(file)
                .poll(Duration.ofHours(1))
                .validator((_, _) -> {
                  if (reads.getAndIncrement() == 0) {
                    write("app.yaml", yaml(2));
                  }
                })
                .open());
    awaitNumber(config, 2);
  }

  @Test
  void watch_optionalFile_emptiedThenDeleted_isSeen() throws IOException {
    Path file = write("app.yaml", yaml(1));
    Path local = write("local.yaml", "number: 7\n");
    ReloadableConfig<Value> config =
        closing(
            builder(file)
                .poll(Duration.ofHours(1))
                .source(ConfigSource.optionalFile(local))
                .open());
    write("local.yaml", "");
    awaitStatus(config, ConfigHealth.Status.DEGRADED);
    Files.delete(local);
    awaitNumber(config, 1);
    assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.UP);
  }

  @Test
  void await_onlyANeighbourIsWritten_waitsOn() throws Exception {
    Files.createDirectories(directory.resolve("etc/app"));
    Path file = write("etc/app/app.yaml", yaml(1));
    try (Directories directories = Objects.requireNonNull(Directories.watch(List.of(file)))) {
      write("etc/app/app.log", "a line\n");
      long time = TimeUnit.MILLISECONDS.toNanos(200);
      long begin = System.nanoTime();
      assertThat(directories.await(time)).isFalse();
      assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(time);
      write("etc/app/app.yaml", yaml(2));
      assertThat(directories.await(TimeUnit.HOURS.toNanos(1))).isTrue();
    }
  }

  @Test
  void fingerprint_tellsApartWhatIsSplitOtherwise() {
    List<String> fingerprints = new ArrayList<>();
    for (List<String> texts : List.of(List.of("a", "b"), List.of("ab", ""), List.of("", "ab"))) {
      List<ConfigSource> sources =
          texts.stream()
              .map(text -> ConfigSource.text("t", ConfigFormat.YAML, () -> text))
              .toList();
      fingerprints.add(Reading.of(sources, List.of()).fingerprint());
    }
    for (Map<String, String> values :
        List.of(Map.of("a", "b\0c\0d"), Map.of("a", "b", "c", "d"), Map.<String, String>of())) {
      fingerprints.add(
          Reading.of(List.of(ConfigSource.values("v", values)), List.of()).fingerprint());
    }
    assertThat(fingerprints).doesNotHaveDuplicates();
  }

  @Test
  void watch_burstOfWrites_isOneAttemptOrFew() {
    ReloadableConfig<Value> config = open(write("app.yaml", yaml(1)), Duration.ofMillis(500));
    for (int number = 2; number <= 200; number++) {
      replace("app.yaml", yaml(number));
    }
    awaitNumber(config, 200);
    await("it is counted", () -> config.statistics().attempts() > 0);
    assertThat(config.statistics().attempts()).isLessThan(50);
  }

  @Test
  void watch_neighbourIsWrittenAllTheTime_sourcesAreNotRead() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("etc/app"));
    Path file = write("etc/app/app.yaml", yaml(1));
    AtomicInteger reads = new AtomicInteger();
    ReloadableConfig<Value> config =
        closing(
            builder(file)
                .poll(Duration.ofHours(1))
                .source(
                    ConfigSource.text(
                        "database",
                        ConfigFormat.YAML,
                        () -> {
                          reads.incrementAndGet();
                          return "text: y";
                        }))
                .open());
    await("a first look", () -> reads.get() > 1);
    for (int i = 0; i < 2_000; i++) {
      Files.writeString(
          folder.resolve("app.log"),
          "a line\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
    replace("etc/app/app.yaml", yaml(2)); // one event, behind all of those
    awaitNumber(config, 2);
    assertThat(reads.get()).describedAs("at the start, at rest, new, at rest").isLessThan(7);
  }

  @Test
  void watch_badFile_keepsTheLastGoodOne_andGoesOn() {
    ReloadableConfig<Value> config = open(write("app.yaml", yaml(1)));
    write("app.yaml", "number: many\n");
    awaitStatus(config, ConfigHealth.Status.DEGRADED);
    assertThat(config.current().number()).isEqualTo(1);
    write("app.yaml", yaml(2));
    awaitNumber(config, 2);
  }

  @Test
  void watch_fileTouched_isNotReloaded() throws IOException {
    Path file = write("app.yaml", yaml(1));
    ReloadableConfig<Value> config = open(file);
    replace("app.yaml", yaml(1));
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    replace("app.yaml", yaml(2));
    awaitNumber(config, 2);
    await("the attempt is counted", () -> config.statistics().attempts() > 0);
    assertThat(config.statistics().attempts()).isEqualTo(1);
  }

  @Test
  void watch_rejectedOnce_isNotTriedAgainUntilItChanges() {
    AtomicInteger prepared = new AtomicInteger();
    ReloadableConfig<Value> config =
        closing(builder(write("app.yaml", yaml(1))).poll(Duration.ofMillis(5)).open());
    config.subscribe(
        new ConfigSubscriber<>() {
          @Override
          public void prepare(ConfigChange<Value> change) throws ConfigVetoException {
            prepared.incrementAndGet();
            if (change.after().value().number() == 2) {
              throw new ConfigVetoException("not two");
            }
          }

          @Override
          public void commit(ConfigChange<Value> change) {}
        });
    replace("app.yaml", yaml(2));
    awaitStatus(config, ConfigHealth.Status.DEGRADED);
    replace("app.yaml", yaml(3));
    awaitNumber(config, 3);
    assertThat(prepared).hasValue(2);
  }

  @Test
  void watch_afterARollback_waitsForTheNextChange() {
    ReloadableConfig<Value> config = open(write("app.yaml", yaml(1)));
    write("app.yaml", yaml(2));
    awaitNumber(config, 2);
    applied(config.rollback(1));
    write("app.yaml", yaml(3));
    awaitNumber(config, 3);
    assertThat(config.history())
        .extracting(each -> each.value().number())
        .containsExactly(3, 1, 2, 1);
  }

  @Test
  void watch_profileFileAppears_isSeen() {
    Path file = write("app.yaml", yaml(1));
    Path optional = directory.resolve("local.yaml");
    ReloadableConfig<Value> config =
        closing(
            ReloadableConfig.of(Value.class)
                .debounce(Duration.ofMillis(20))
                .poll(Duration.ofHours(1))
                .source(ConfigSource.file(file))
                .source(ConfigSource.optionalFile(optional))
                .open());
    write("local.yaml", "number: 7\n");
    awaitNumber(config, 7);
  }

  @Test
  void poll_sourceWithoutFile_isSeen_andSurvivesItsFailure() {
    AtomicReference<String> text = new AtomicReference<>(yaml(1));
    AtomicInteger errors = new AtomicInteger();
    ReloadableConfig<Value> config =
        closing(
            ReloadableConfig.of(Value.class)
                .debounce(Duration.ofMillis(5))
                .poll(Duration.ofMillis(5))
                .source(
                    ConfigSource.text(
                        "database",
                        ConfigFormat.YAML,
                        () -> {
                          if (text.get().equals("error")) {
                            errors.incrementAndGet();
                            throw new LinkageError("database driver");
                          }
                          return text.get();
                        }))
                .open());
    text.set("error");
    await("two failed looks", () -> errors.get() >= 2);
    text.set(yaml(2));
    awaitNumber(config, 2);
    text.set("broken: [");
    awaitStatus(config, ConfigHealth.Status.DEGRADED);
    text.set(yaml(3));
    awaitNumber(config, 3);
  }

  @Test
  void close_endsTheWatch_theLastValueStays() {
    Path file = write("app.yaml", yaml(1));
    ReloadableConfig<Value> config = open(file);
    config.close();
    config.close();
    write("app.yaml", yaml(2));
    assertThat(config.current().number()).isEqualTo(1);
    assertThat(config.statistics().attempts()).isZero();
  }

  private static String yaml(int number) {
    return "number: %d\ntext: x\n".formatted(number);
  }

  /** As the kubelet lays out a mounted ConfigMap. */
  private Path configMap(int number) throws IOException {
    generation(number);
    Files.createSymbolicLink(directory.resolve("..data"), Path.of("..generation-" + number));
    return Files.createSymbolicLink(directory.resolve("app.yaml"), Path.of("..data", "app.yaml"));
  }

  /** As the kubelet updates it: one rename, then the old generation goes. */
  private void swap(int number) throws IOException {
    generation(number);
    Path old = directory.resolve("..data").toRealPath();
    link("..data", Path.of("..generation-" + number));
    Files.delete(old.resolve("app.yaml"));
    Files.delete(old);
  }

  private void generation(int number) throws IOException {
    Files.createDirectory(directory.resolve("..generation-" + number));
    write("..generation-" + number + "/app.yaml", yaml(number));
  }

  private void link(String name, Path target) throws IOException {
    Path temporary = Files.createSymbolicLink(directory.resolve(name + "_tmp"), target);
    Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void awaitNumber(ReloadableConfig<Value> config, int number) {
    await("number " + number, () -> config.current().number() == number);
  }

  private static void awaitStatus(ReloadableConfig<Value> config, ConfigHealth.Status status) {
    await(status.toString(), () -> config.health().status() == status);
  }

  private ReloadableConfig<Value> open(Path file) {
    return open(file, Duration.ofMillis(20));
  }

  private ReloadableConfig<Value> open(Path file, Duration debounce) {
    return closing(builder(file).debounce(debounce).poll(Duration.ofHours(1)).open());
  }

  private ReloadableConfig.Builder<Value> builder(Path file) {
    return ReloadableConfig.of(Value.class)
        .debounce(Duration.ofMillis(20))
        .source(ConfigSource.file(file));
  }
}
