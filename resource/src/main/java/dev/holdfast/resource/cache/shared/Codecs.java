package dev.holdfast.resource.cache.shared;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** The codecs that every language has. */
final class Codecs {
  static final CacheCodec<String> UTF8 = new Utf8();
  static final CacheCodec<byte[]> BYTES = new Bytes();
  static final CacheCodec<Long> INT64 = new Int64();

  private Codecs() {}

  private record Utf8() implements CacheCodec<String> {
    @Override
    public String name() {
      return "utf8";
    }

    @Override
    public byte[] encode(String value) {
      return value.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String decode(byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
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
        throw new IllegalArgumentException("not eight bytes: bytes=" + bytes.length);
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
