package dev.holdfast.resource.cache.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A root of its own, and the proof after every test that no shared memory of it is left. */
abstract class SharedCacheTestBase {
  static final String SPACE = "test";
  static final String CACHE = "cache";

  static final SharedCacheSpec<String, String> SPEC =
      SharedCacheSpec.named(CACHE, CacheCodec.utf8(), CacheCodec.utf8())
          .bytes(256 << 10)
          .entryBytes(128);

  @TempDir Path root;

  static Space open(Path root) {
    return Space.open(
        SpaceSpec.named(SPACE)
            .under(root)
            .limits(Limits.DEFAULT.withRegions(16).withParticipants(64)));
  }

  Space open() {
    return open(root);
  }

  static SharedCache<String, String> open(Space space) {
    return SharedCache.openOrCreate(space, SPEC);
  }

  @AfterEach
  void removeAndRefuseLeftovers() throws Exception {
    Platform platform = Platform.current();
    List<String> left = platform.listShared("/hf-" + spaceHash());
    left.forEach(platform::unlinkShared);
    assertThat(left).as("objects left behind").isEmpty();
  }

  private String spaceHash() throws NoSuchAlgorithmException, java.io.IOException {
    byte[] name = (root.toRealPath() + "/" + SPACE).getBytes(StandardCharsets.UTF_8);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(name);
    return HexFormat.of().formatHex(digest, 0, 6);
  }
}
