package dev.holdfast.resource.cache.shared;

/**
 * Turns keys or values of a shared cache into bytes and back. Equal keys must give equal bytes, and
 * different keys different bytes: what has the same bytes is the same key.
 *
 * <p><b>Sharing.</b> Called by any thread, several at a time. An array that is passed in or out
 * belongs to the receiver.
 *
 * <pre>{@code
 * CacheCodec<Instant> instants =
 *     CacheCodec.of("instant", CacheCodec.int64(), Instant::toEpochMilli, Instant::ofEpochMilli);
 * }</pre>
 *
 * @param <T> what it encodes
 */
public interface CacheCodec<T> {
  /**
   * Its name, written into the cache and compared by everyone who opens it; 1 to 40 bytes of UTF-8.
   * Another language that knows the name reads the same bytes.
   */
  String name();

  /** The bytes of a value; refuses what {@link #decode} would not give back. */
  byte[] encode(T value);

  /** The value of these bytes; may throw if they are none. */
  T decode(byte[] bytes);

  /**
   * Text as UTF-8; {@code str} in Python. Half a surrogate pair, which has no UTF-8, is an {@link
   * IllegalArgumentException}.
   */
  static CacheCodec<String> utf8() {
    return Codecs.UTF8;
  }

  /** Bytes as they are; {@code bytes} in Python. */
  static CacheCodec<byte[]> bytes() {
    return Codecs.BYTES;
  }

  /** Numbers as eight bytes, little-endian; {@code int} in Python. */
  static CacheCodec<Long> int64() {
    return Codecs.INT64;
  }

  /** A codec of its own name that goes through another type. */
  static <T, U> CacheCodec<T> of(
      String name,
      CacheCodec<U> through,
      java.util.function.Function<? super T, ? extends U> to,
      java.util.function.Function<? super U, ? extends T> from) {
    return new Codecs.Through<>(name, through, to, from);
  }
}
