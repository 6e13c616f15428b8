package dev.holdfast.resource.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches every directory in which something can change what a file's path leads to: its own, and
 * those of all links on the way. Kubernetes swaps a link beside the file's link ({@code app.yaml ->
 * ..data/app.yaml}, {@code ..data -> ..2026_01}); editors rename over the file.
 */
final class Directories implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Directories.class.getName());
  private static final int LINKS_MAX = 40;

  private final List<Path> files;
  private final WatchService service;
  private final Map<Path, WatchKey> keys = new HashMap<>();

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

  /** Whether something happened within that time. */
  boolean await(long nanos) throws InterruptedException {
    WatchKey key = service.poll(nanos, TimeUnit.NANOSECONDS);
    boolean happened = key != null;
    for (; key != null; key = service.poll()) {
      key.pollEvents();
      if (!key.reset()) {
        keys.values().remove(key); // the directory is gone; refresh looks for a new one
      }
    }
    return happened;
  }

  /** Follows links and directories that are others now. */
  void refresh() {
    Set<Path> wanted = new LinkedHashSet<>();
    files.forEach(file -> addAll(file.toAbsolutePath(), wanted));
    keys.entrySet().removeIf(entry -> !wanted.contains(entry.getKey()) && cancel(entry.getValue()));
    wanted.forEach(this::register);
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
    if (keys.containsKey(directory)) {
      return;
    }
    try {
      keys.put(
          directory,
          directory.register(
              service,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_DELETE,
              StandardWatchEventKinds.ENTRY_MODIFY));
    } catch (IOException e) {
      // It is not there, or not for us: polling sees when that changes.
      LOG.log(System.Logger.Level.DEBUG, "directory is not watched: " + directory, e);
    } catch (ClosedWatchServiceException e) {
      return; // the configuration is being closed
    }
  }

  private static boolean cancel(WatchKey key) {
    key.cancel();
    return true;
  }

  /** The real directories of a path and of everything it leads to through links. */
  private static void addAll(Path file, Set<Path> directories) {
    Path path = file;
    for (int i = 0; i < LINKS_MAX; i++) {
      Path link = firstLink(path);
      directories.add(parent(link == null ? path : link));
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
