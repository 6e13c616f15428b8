package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Words;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A root of its own, and the proof after every test that no shared memory object of its space is
 * left.
 */
abstract class SpaceTestBase {
  static final Platform PLATFORM = Platform.current();
  static final String SPACE = "test";

  @TempDir Path root;

  @AfterEach
  void removeAndRefuseLeftovers() {
    List<String> left = objects();
    left.forEach(PLATFORM::unlinkShared);
    assertThat(left).as("objects left behind").isEmpty();
  }

  SpaceSpec spec() {
    return SpaceSpec.named(SPACE).under(root).limits(Limits.DEFAULT.withRegions(64));
  }

  Space open() {
    return Space.open(spec());
  }

  /** No watcher: nothing happens but what the test does. */
  Space openQuiet() {
    return Space.open(spec(), environment(PLATFORM));
  }

  static Environment environment(Platform platform) {
    return new Environment(platform, LockSupport::parkNanos, SpaceTestBase::realPath, false);
  }

  /** The real platform with a monotonic clock that runs ahead by {@code ahead} nanoseconds. */
  static Platform clocked(AtomicLong ahead) {
    return (Platform)
        Proxy.newProxyInstance(
            Platform.class.getClassLoader(),
            new Class<?>[] {Platform.class},
            (_, method, arguments) -> {
              try {
                Object result = method.invoke(PLATFORM, arguments);
                return method.getName().equals("monotonicNanos")
                    ? (Long) Objects.requireNonNull(result) + ahead.get()
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  String hash() {
    return Names.spaceHash(realPath(root.toString()), SPACE);
  }

  List<String> objects() {
    return PLATFORM.listShared("/hf-" + hash() + "-");
  }

  /** Lets {@code change} at the control segment's words, behind everybody's back. */
  void damage(Consumer<Words> change) {
    try (Arena arena = Arena.ofConfined()) {
      var object =
          PLATFORM.openShared(Names.controlObject(hash()), Access.READ_WRITE, Creation.OPEN, 0);
      try {
        long bytes = PLATFORM.status(object).bytes();
        change.accept(Words.over(PLATFORM.map(object, bytes, Access.READ_WRITE, arena)));
      } finally {
        PLATFORM.close(object);
      }
    }
  }

  /** A space with one region that nobody holds and nobody is in. */
  RegionId abandonedRegion(String name) {
    try (Space space = openQuiet();
        Region region = space.create(manual(name, 4096))) {
      region.segment().fill((byte) 7);
      return region.id();
    }
  }

  void removeAll() {
    try (Space space = openQuiet()) {
      space.regions().forEach(region -> space.removeForcibly(region.id().toString()));
    }
  }

  static RegionSpec manual(String name, long bytes) {
    return RegionSpec.named(name).bytes(bytes).policy(RegionPolicy.manual());
  }

  /** Joins and is gone without leaving: what a killed process leaves, without a process. */
  Space dead() {
    Space space = openQuiet();
    space.member().live.close();
    return space;
  }

  static int descriptorsOpen() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  static Duration watchdog() {
    return Duration.ofSeconds(60);
  }

  private static String realPath(String path) {
    try {
      return Path.of(path).toRealPath().toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
