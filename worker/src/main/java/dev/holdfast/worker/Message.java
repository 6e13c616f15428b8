package dev.holdfast.worker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker says; one JSON object a line. The other side, with the words of every message, is
 * {@code python/holdfast/worker.py}.
 */
sealed interface Message {
  /** Python writes NaN and Infinity as such. */
  JsonMapper JSON = JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** It can be called. */
  record Ready(String python, Optional<String> numpy, List<String> functions) implements Message {}

  /** It could not import its file or join the space, and ends. */
  record Refused(PythonError error) implements Message {}

  /** So much of the call is done. */
  record Progress(double fraction) implements Message {}

  /** The call returned something that JSON can say. */
  record Value(JsonNode value) implements Message {}

  /** The call returned an array; its region is held by the worker until it is released. */
  record Array(String region, DataType type, List<Long> shape) implements Message {
    long[] lengths() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  /** The call raised. */
  record Failed(PythonError error) implements Message {}

  /** Not said but noticed: the process has ended. */
  record Ended(long pid, int status, List<String> lastWords) implements Message {}

  /** A Python exception. */
  record PythonError(String type, String message, String traceback) {
    static PythonError of(JsonNode error) {
      return new PythonError(
          error.path("type").asString(),
          error.path("message").asString(),
          error.path("traceback").asString());
    }
  }

  /**
   * What a line says.
   *
   * @throws IllegalStateException if it is not a message
   */
  static Message parse(String line) {
    try {
      JsonNode said = JSON.readTree(line);
      if (said.has("progress")) {
        return new Progress(said.path("fraction").asDouble());
      } else if (said.has("value")) {
        return new Value(said.path("value"));
      } else if (said.has("array")) {
        JsonNode array = said.path("array");
        return new Array(
            array.path("region").asString(),
            DataType.parse(array.path("dtype").asString()),
            longs(array.path("shape")));
      } else if (said.has("failed")) {
        return new Failed(PythonError.of(said.path("error")));
      } else if (said.has("ready")) {
        return new Ready(
            said.path("python").asString(),
            Optional.of(said.path("numpy")).filter(JsonNode::isString).map(JsonNode::asString),
            said.path("functions").valueStream().map(JsonNode::asString).toList());
      } else if (said.has("refused")) {
        return new Refused(PythonError.of(said.path("refused")));
      }
      throw notAMessage(line, null);
    } catch (JacksonException e) {
      throw notAMessage(line, e);
    }
  }

  /** The line that asks for a call. */
  static String call(Call call, int attempt) {
    NdArray array = call.array();
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("region", array.region().id().toString());
    data.put("dtype", array.type().numpyName());
    data.put("shape", array.shape());
    data.put("offset", array.offset());
    data.put("writable", array.isWritable());
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("call", call.number());
    message.put("function", call.function());
    message.put("data", data);
    message.put("index", call.index());
    message.put("count", call.count());
    message.put("attempt", attempt);
    return JSON.writeValueAsString(message);
  }

  /** The line that says that an array's region is held here now. */
  static String release(Call call) {
    return JSON.writeValueAsString(Map.of("release", call.number()));
  }

  private static List<Long> longs(JsonNode array) {
    return array.valueStream().map(JsonNode::asLong).toList();
  }

  private static IllegalStateException notAMessage(String line, @Nullable Throwable cause) {
    String shown = line.length() > 200 ? line.substring(0, 200) + "…" : line;
    return new IllegalStateException(
        "a worker sent something that is no message: %s; are its holdfast package and this one of the same version?"
            .formatted(shown),
        cause);
  }
}
