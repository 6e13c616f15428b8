package dev.holdfast.resource.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A configuration with one of everything. */
record App(
    String greeting,
    Duration timeout,
    Mode mode,
    Pool pool,
    List<Server> servers,
    Set<String> tags,
    Map<String, Integer> weights,
    Optional<URI> proxy) {

  enum Mode {
    READ_ONLY,
    READ_WRITE
  }

  record Pool(int minSize, int maxSize, Secret password) {
    Pool {
      if (minSize > maxSize) {
        throw new IllegalArgumentException(
            "pool is upside down: minSize=%d, maxSize=%d".formatted(minSize, maxSize));
      }
    }
  }

  record Server(String host, int port) {}

  static final String YAML =
      """
      greeting: hello
      timeout: 1m 30s
      mode: read-only
      pool:
        min-size: 2
        max-size: 8
        password: hunter2
      servers:
        - host: a
          port: 80
        - host: b
          port: 81
      tags: [x, y]
      weights:
        a: 1
        b: 2
      proxy: http://proxy:3128
      """;
}
