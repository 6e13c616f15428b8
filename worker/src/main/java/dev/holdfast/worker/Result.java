package dev.holdfast.worker;

import dev.holdfast.region.Region;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a function returned: a value that JSON can say, or an array in a region of its own.
 *
 * <p><b>Lifetime.</b> The array's region is open and belongs to whoever has the result: {@link
 * #close} closes it, and with that it is given back. A result that is a value needs no close.
 */
public final class Result implements AutoCloseable {
  private final Call call;
  private final long pid;
  private final int tries;
  private final JsonNode value;
  private final Optional<NdArray> array;

  private Result(Call call, long pid, int tries, JsonNode value, Optional<NdArray> array) {
    this.call = call;
    this.pid = pid;
    this.tries = tries;
    this.value = value;
    this.array = array;
  }

  static Result value(Call call, long pid, int tries, JsonNode value) {
    return new Result(call, pid, tries, value, Optional.empty());
  }

  static Result array(Call call, long pid, int tries, NdArray array) {
    return new Result(call, pid, tries, Message.JSON.nullNode(), Optional.of(array));
  }

  /** Which slice it is of, from 0. */
  public int index() {
    return call.index();
  }

  /** The worker that did it. */
  public long pid() {
    return pid;
  }

  /** How many workers tried, this one included. */
  public int tries() {
    return tries;
  }

  /** Whether it is an array. */
  public boolean isArray() {
    return array.isPresent();
  }

  /**
   * The array.
   *
   * @throws IllegalStateException if it is a value
   */
  public NdArray array() {
    return array.orElseThrow(() ->
        new IllegalStateException(
            "result is no array: %s, value=%s".formatted(call.describe(), shortJson())));
  }

  /**
   * The value as a Java type: {@code double.class}, {@code long[].class}, {@code String.class}, a
   * record of yours; {@code NdArray.class} and {@code Region.class} for an array.
   *
   * @throws IllegalStateException if it is not of that type, or the function returned None
   */
  public <T> T as(Class<T> type) {
    if (type == NdArray.class) {
      return type.cast(array());
    }
    if (type == Region.class) {
      return type.cast(array().region());
    }
    if (isArray() || value.isNull()) {
      throw isNot(type, null);
    }
    try {
      return Message.JSON.treeToValue(value, type);
    } catch (JacksonException e) {
      throw isNot(type, e);
    }
  }

  /**
   * The value as JSON text; {@code null} for an array or None. Numbers that JSON does not have (NaN
   * and the infinite ones) are strings in it.
   */
  public String json() {
    return value.toString();
  }

  /** Closes the array's region, if there is one. */
  @Override
  public void close() {
    array.ifPresent(held -> held.region().close());
  }

  @Override
  public String toString() {
    return "Result[%s of %d, %s]"
        .formatted(index(), call.count(), array.map(NdArray::toString).orElseGet(this::shortJson));
  }

  private IllegalStateException isNot(Class<?> type, @Nullable Throwable cause) {
    return new IllegalStateException(
        "result is no %s: %s, result=%s"
            .formatted(
                type.getSimpleName(),
                call.describe(),
                array.map(NdArray::toString).orElseGet(this::shortJson)),
        cause);
  }

  private String shortJson() {
    String json = json();
    return json.length() > 100 ? json.substring(0, 100) + "…" : json;
  }
}
