package dev.holdfast.worker;

import dev.holdfast.region.Region;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * How a part of a region is to be seen: as elements of one type, in an array of some shape, the
 * last axis varying fastest. A description: no byte is copied, and nothing is held but the region
 * that its caller holds. Immutable.
 *
 * <pre>{@code
 * NdArray pixels = NdArray.of(frame, DataType.UINT8, 3, 16384, 21845);
 * List<NdArray> channels = pixels.slices(3);
 * }</pre>
 */
public final class NdArray {
  private final Region region;
  private final DataType type;
  private final long[] shape;
  private final long offset;
  private final long bytes;
  private final boolean writable;

  private NdArray(Region region, DataType type, long[] shape, long offset, boolean writable) {
    this.region = region;
    this.type = type;
    this.shape = shape;
    this.offset = offset;
    this.bytes = bytes(type, shape);
    this.writable = writable;
    requireInside();
  }

  /**
   * An array that begins at the region's first byte.
   *
   * @param shape the length of each axis
   * @throws IllegalArgumentException if it does not fit into the region, or has no axis
   */
  public static NdArray of(Region region, DataType type, long... shape) {
    return new NdArray(region, type, shape.clone(), 0, false);
  }

  /**
   * The same array, beginning at another byte of the region.
   *
   * @throws IllegalArgumentException if it does not fit there, or elements would not be aligned
   */
  public NdArray at(long offsetBytes) {
    if (offsetBytes % type.bytes() != 0) {
      throw new IllegalArgumentException(
          "array is not aligned: offset=%d, element=%d bytes (%s)"
              .formatted(offsetBytes, type.bytes(), type.numpyName()));
    }
    return new NdArray(region, type, shape, offsetBytes, writable);
  }

  /**
   * The same array, which functions may also write to.
   *
   * @throws IllegalArgumentException if the region itself was opened read-only
   */
  public NdArray writable() {
    if (!region.isWritable()) {
      throw new IllegalArgumentException(
          "region is open read-only: name=%s; open it with writableRegion"
              .formatted(region.name()));
    }
    return new NdArray(region, type, shape, offset, true);
  }

  /**
   * The array cut into slices along its first axis, in order, as equal as possible; fewer if the
   * axis is shorter.
   *
   * @throws IllegalArgumentException if {@code count} is not positive or the array is empty
   */
  public List<NdArray> slices(int count) {
    if (count <= 0 || bytes == 0) {
      throw new IllegalArgumentException(
          "cannot be cut into slices: count=%d, array=%s".formatted(count, this));
    }
    int slices = (int) Math.min(count, shape[0]);
    return IntStream.range(0, slices).mapToObj(i -> slice(i, slices)).toList();
  }

  private NdArray slice(int index, int count) {
    long begin = boundary(index, count);
    long[] sliceShape = shape.clone();
    sliceShape[0] = boundary(index + 1, count) - begin;
    return new NdArray(region, type, sliceShape, offset + begin * (bytes / shape[0]), writable);
  }

  /** Where slice {@code index} begins: the first ones take what does not divide. */
  private long boundary(int index, int count) {
    return index * (shape[0] / count) + Math.min(index, shape[0] % count);
  }

  /** The region whose bytes these are. */
  public Region region() {
    return region;
  }

  /** The type of its elements. */
  public DataType type() {
    return type;
  }

  /** The length of each axis. */
  public long[] shape() {
    return shape.clone();
  }

  /** Where it begins in its region, in bytes. */
  public long offset() {
    return offset;
  }

  /** How many bytes it spans. */
  public long bytes() {
    return bytes;
  }

  /** Whether functions may write to it. */
  public boolean isWritable() {
    return writable;
  }

  /**
   * Its bytes.
   *
   * @throws IllegalStateException if the region is closed
   */
  public MemorySegment segment() {
    return region.segment().asSlice(offset, bytes);
  }

  @Override
  public String toString() {
    return "NdArray[%s%s of %s at %d]"
        .formatted(type.numpyName(), Arrays.toString(shape), region.name(), offset);
  }

  private void requireInside() {
    if (offset < 0 || offset > region.bytes() - bytes) {
      throw new IllegalArgumentException(
          "array does not fit into its region: dtype=%s, shape=%s, offset=%d, bytes=%d, region=%s, region bytes=%d"
              .formatted(
                  type.numpyName(),
                  Arrays.toString(shape),
                  offset,
                  bytes,
                  region.name(),
                  region.bytes()));
    }
  }

  private static long bytes(DataType type, long[] shape) {
    if (shape.length == 0 || LongStream.of(shape).anyMatch(length -> length < 0)) {
      throw new IllegalArgumentException(
          "not a shape: %s; one length an axis, none negative".formatted(Arrays.toString(shape)));
    }
    try {
      return LongStream.of(shape).reduce(type.bytes(), Math::multiplyExact);
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "shape is larger than any region: %s".formatted(Arrays.toString(shape)), overflow);
    }
  }
}
