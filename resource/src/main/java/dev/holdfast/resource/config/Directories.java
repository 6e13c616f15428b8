package dev.holdfast.resource.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches every directory in which something can change what a file's path leads to: its own, and
 * those of all links on the way, and those above these. Kubernetes swaps a link beside the file's
 * link ({@code app.yaml -> ..data/app.yaml}, {@code ..data -> ..2026_01}); editors rename over the
 * file.
 */
final class Directories implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Directories.class.getName());
  private static final int LINKS_MAX = 40;

  private final List<Path> files;
  private final WatchService service;
  private final Map<Path, Watched> watched = new HashMap<>();
  private Map<Path, Set<String>> wanted = Map.of(); // names in each directory, in lower case

  /**
   * A directory that is watched.
   *
   * @param fileKey says which one it is, where the system has such a thing: another one may get its
   *     name
   */
  private record Watched(WatchKey key, @Nullable Object fileKey) {}

  private Directories(List<Path> files, WatchService service) {
    this.files = files;
    this.service = service;
  }

  /** Nothing when the operating system has no watches left: polling must do. */
  static @Nullable Directories watch(List<Path> files) {
    try {
      Directories directories = new Directories(files, FileSystems.getDefault().newWatchService());
      directories.refresh();
      return directories;
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "configuration files cannot be watched, they are polled: files=%s; raise fs.inotify.max_user_instances"
              .formatted(files),
          e);
      return null;
    }
  }

  /** Whether something that concerns the files happened within that time; else it is over. */
  boolean await(long nanos) throws InterruptedException {
    long begin = System.nanoTime();
    boolean happened = false;
    long left = nanos;
    do {
      WatchKey key = service.poll(left, TimeUnit.NANOSECONDS);
      if (key != null) {
        happened = concerns(key);
        happened |= !key.reset(); // the directory is gone; refresh looks for a new one
      }
      left = nanos - (System.nanoTime() - begin);
    } while (!happened && left > 0);
    return happened;
  }

  /** Follows links and directories that are others now. */
  void refresh() {
    wanted = new LinkedHashMap<>();
    files.forEach(file -> wantAll(file.toAbsolutePath()));
    watched
        .entrySet()
        .removeIf(entry ->
            !(wanted.containsKey(entry.getKey()) && isSame(entry.getKey(), entry.getValue()))
                && cancel(entry.getValue()));
    wanted.keySet().forEach(this::register);
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "ending the watch of configuration files", e);
    }
  }

  private void register(Path directory) {
    if (watched.containsKey(directory)) {
      return;
    }
    try {
      Object fileKey = fileKey(directory); // first: if it is another one by then, refresh tells
      WatchKey key =
          directory.register(
              service,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_DELETE,
              StandardWatchEventKinds.ENTRY_MODIFY);
      watched.put(directory, new Watched(key, fileKey));
    } catch (IOException e) {
      // It is not there, or not for us: polling sees when that changes.
      LOG.log(System.Logger.Level.DEBUG, "directory is not watched: " + directory, e);
    } catch (ClosedWatchServiceException e) {
      return; // the configuration is being closed
    }
  }

  /** Whether a file, a link or a directory on the way is named; or too much happened to say. */
  private boolean concerns(WatchKey key) {
    Set<String> names = wanted.getOrDefault(key.watchable(), Set.of());
    return key.pollEvents().stream()
        .anyMatch(event ->
            event.context() == null || names.contains(lowerCase(String.valueOf(event.context()))));
  }

  private static boolean isSame(Path directory, Watched before) {
    try {
      return before.key.isValid() && Objects.equals(before.fileKey, fileKey(directory));
    } catch (IOException e) {
      return false;
    }
  }

  private static @Nullable Object fileKey(Path directory) throws IOException {
    return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
  }

  private static boolean cancel(Watched directory) {
    directory.key.cancel();
    return true;
  }

  /**
   * The real directories, and what they are in, of a path and of everything it leads to through
   * links.
   */
  private void wantAll(Path file) {
    Path path = file;
    for (int i = 0; i < LINKS_MAX; i++) {
      Path link = firstLink(path);
      Path here = link == null ? path : link;
      want(here);
      want(parent(here)); // it may be renamed
      if (link == null) {
        return;
      }
      try {
        path = behind(link, path);
      } catch (IOException e) {
        return; // it changed meanwhile; there will be an event
      }
    }
  }

  private void want(Path path) {
    Path name = path.getFileName();
    if (name != null) {
      wanted.computeIfAbsent(parent(path), _ -> new HashSet<>()).add(lowerCase(name.toString()));
    }
  }

  private static String lowerCase(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** What a path leads to when its first link is followed. */
  private static Path behind(Path link, Path path) throws IOException {
    Path target = parent(link).resolve(Files.readSymbolicLink(link));
    return target.resolve(link.relativize(path)).normalize();
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }

  private static @Nullable Path firstLink(Path path) {
    Path root = path.getRoot();
    Path here = root == null ? Path.of("") : root;
    for (Path name : path) {
      here = here.resolve(name);
      if (Files.isSymbolicLink(here)) {
        return here;
      }
    }
    return null;
  }
}
