package dev.holdfast.resource.cache.shared;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;

/** The codecs that every language has. */
final class Codecs {
  static final CacheCodec<String> UTF8 = new Utf8();
  static final CacheCodec<byte[]> BYTES = new Bytes();
  static final CacheCodec<Long> INT64 = new Int64();

  private static final char REPLACEMENT = '\ufffd';

  private Codecs() {}

  private static SharedCacheException damaged(String codec, byte[] bytes) {
    return new SharedCacheException(
        "a cache holds what its codec never writes: codec=%s, bytes=%d; its memory is damaged, or somebody writes another format under that name"
            .formatted(codec, bytes.length));
  }

  private record Utf8() implements CacheCodec<String> {
    @Override
    public String name() {
      return "utf8";
    }

    @Override
    public byte[] encode(String value) {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8); // replaces what it cannot encode
      String same = new String(bytes, StandardCharsets.UTF_8);
      if (!same.equals(value)) {
        int index = CharBuffer.wrap(same).mismatch(CharBuffer.wrap(value));
        throw new IllegalArgumentException(
            "half a surrogate pair has no UTF-8: index=%d, value=%s".formatted(index, value));
      }
      return bytes;
    }

    @Override
    public String decode(byte[] bytes) {
      String value = new String(bytes, StandardCharsets.UTF_8);
      boolean replaced = value.indexOf(REPLACEMENT) >= 0; // or it was put like that
      if (replaced && !Arrays.equals(value.getBytes(StandardCharsets.UTF_8), bytes)) {
        throw damaged(name(), bytes);
      }
      return value;
    }
  }

  private record Bytes() implements CacheCodec<byte[]> {
    @Override
    public String name() {
      return "bytes";
    }

    @Override
    public byte[] encode(byte[] value) {
      return value;
    }

    @Override
    public byte[] decode(byte[] bytes) {
      return bytes;
    }
  }

  private record Int64() implements CacheCodec<Long> {
    @Override
    public String name() {
      return "int64";
    }

    @Override
    public byte[] encode(Long value) {
      byte[] bytes = new byte[Long.BYTES];
      over(bytes).putLong(0, value);
      return bytes;
    }

    @Override
    public Long decode(byte[] bytes) {
      if (bytes.length != Long.BYTES) {
        throw damaged(name(), bytes);
      }
      return over(bytes).getLong(0);
    }

    private static ByteBuffer over(byte[] bytes) {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  record Through<T, U>(
      String name,
      CacheCodec<U> through,
      Function<? super T, ? extends U> to,
      Function<? super U, ? extends T> from)
      implements CacheCodec<T> {
    @Override
    public byte[] encode(T value) {
      return through.encode(to.apply(value));
    }

    @Override
    public T decode(byte[] bytes) {
      return from.apply(through.decode(bytes));
    }
  }
}
