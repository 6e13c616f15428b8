package dev.holdfast.examples;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.resource.cache.shared.CacheCodec;
import dev.holdfast.resource.cache.shared.SharedCache;
import dev.holdfast.resource.cache.shared.SharedCacheSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A cache that this process and a Python process share. The Python side is {@code
 * examples/cached_pages.py}; run from the root of the repository.
 */
public final class SharedCacheExample {
  private static final SharedCacheSpec<String, String> PAGES =
      SharedCacheSpec.named("pages", CacheCodec.utf8(), CacheCodec.utf8())
          .bytes(1 << 20)
          .entryBytes(256)
          .timeToLive(Duration.ofMinutes(5));

  private SharedCacheExample() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path root = Files.createTempDirectory("cache-example");
    try (Space space = Space.open(SpaceSpec.named("web").under(root));
        SharedCache<String, String> pages = SharedCache.openOrCreate(space, PAGES)) {
      System.out.println(pages.get("/index", SharedCacheExample::render));
      System.out.println(pages.get("/index", SharedCacheExample::render));
      runPython(root);
      System.out.println("from Python: " + pages.getIfPresent("/about"));
      System.out.println(pages.stats().puts() + " puts by both");
    } finally {
      Files.delete(root);
    }
  }

  private static String render(String path) {
    System.out.println("rendering " + path);
    return "<h1>" + path + "</h1>";
  }

  private static void runPython(Path root) throws IOException, InterruptedException {
    Path repository = Path.of(System.getProperty("holdfast.root", "."));
    ProcessBuilder python =
        new ProcessBuilder(
            System.getProperty("holdfast.python", "python3"),
            repository.resolve("examples/cached_pages.py").toString(),
            root.toString());
    python.environment().put("PYTHONPATH", repository.resolve("python").toString());
    python.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = python.start();
    process.inputReader().lines().forEach(System.out::println);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("the Python side failed: exit code=" + process.exitValue());
    }
  }
}
