package dev.holdfast.resource.cache.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.testkit.HeapWords;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CacheGeometryTest {
  @Test
  void of_manySizes_isSoundAndUsesWhatItWasGiven() {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      int entryBytes = 1 + random.nextInt(1 << random.nextInt(1, 21));
      long bytes = (64L << 10) + entryBytes * (8L + random.nextInt(5_000));
      CacheGeometry geometry = CacheGeometry.of(bytes, entryBytes, 64);
      long end = geometry.blocksOffset() + (long) geometry.blocks() * geometry.blockBytes();

      assertThat(geometry.isSound()).as("%s", geometry).isTrue();
      assertThat(end).as("%s", geometry).isLessThanOrEqualTo(bytes);
      assertThat(bytes - end)
          .as("%s", geometry)
          .isLessThanOrEqualTo(2 * 4096 + geometry.blockBytes());
      assertThat(geometry.entryBytesMax()).isGreaterThanOrEqualTo(entryBytes);
    }
  }

  @Test
  void of_tooLittle_isRefusedWithTheLeast() {
    assertThatThrownBy(() -> CacheGeometry.of(10_000, 100, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too little memory for a cache: bytes=10000");
  }

  @Test
  void of_knownSize_isTheSameInEveryLanguage() {
    assertThat(CacheGeometry.of(1 << 18, 128, 256))
        .isEqualTo(new CacheGeometry(1 << 18, 256, 512, 832, 1689, 64, 27008));
  }

  @Test
  void key_hash_isTheSameInEveryLanguage() {
    assertThat(KeyHash.of(new byte[0], 0)).isEqualTo(0);
    assertThat(KeyHash.of(Tables.bytes("frame-42"), 7)).isEqualTo(0xd8e856e5df89fb3fL);
    assertThat(KeyHash.of(Tables.bytes("a key of 29 bytes, not eight'"), 0x1122334455667788L))
        .isEqualTo(0x19528bc42c5a538dL);
  }

  @Test
  void header_everyDamagedByte_isRefused() {
    CacheGeometry geometry = CacheGeometry.of(1 << 17, 128, 64);
    CacheHeader header = new CacheHeader(geometry, 5, 1, 2, 3, "utf8", "bytes");
    HeapWords words = new HeapWords(1 << 17);
    header.writeTo(words);
    assertThat(CacheHeader.read(words, "c")).isEqualTo(header);
    byte[] sound = words.getBytes(0, CacheHeaderLayout.READY_AT);
    for (int i = 0; i < CacheHeaderLayout.RESERVED_AT; i++) {
      byte[] damaged = sound.clone();
      damaged[i] ^= 0x20;
      words.setBytes(0, damaged);
      assertThatThrownBy(() -> CacheHeader.read(words, "c"))
          .as("byte %d", i)
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("region=c");
    }
  }

  @Test
  void header_notReady_isRefused() {
    HeapWords words = new HeapWords(1 << 17);
    new CacheHeader(CacheGeometry.of(1 << 17, 128, 64), 5, 1, 2, 3, "utf8", "bytes").writeTo(words);
    words.set(CacheHeaderLayout.READY_AT, 0);
    assertThatThrownBy(() -> CacheHeader.read(words, "c"))
        .isInstanceOf(SharedCacheException.class)
        .hasMessageContaining("ready=0, expected=1");
  }

  @Test
  void header_numbersThatMakeNoSense_areRefusedThoughTheChecksumFits() {
    CacheGeometry[] wrong = {
      new CacheGeometry(1 << 17, 0, 512, 8, 8, 64, 64),
      new CacheGeometry(1 << 17, 64, 500, 8, 8, 64, 64),
      new CacheGeometry(1 << 17, 64, 512, 8, 8, 48, 64),
      new CacheGeometry(1 << 17, 64, 512, 8, 8, 64, 10_000),
      new CacheGeometry(1 << 17, 64, 512, 8, 1 << 20, 64, 64),
      new CacheGeometry(1 << 17, 64, 512, -1, 8, 64, 64),
    };
    for (CacheGeometry geometry : wrong) {
      HeapWords words = new HeapWords(1 << 17);
      new CacheHeader(geometry, 5, 1, 2, 3, "utf8", "bytes").writeTo(words);
      assertThatThrownBy(() -> CacheHeader.read(words, "c"))
          .as("%s", geometry)
          .isInstanceOf(SharedCacheException.class)
          .hasMessageContaining("makes no sense");
    }
  }
}
