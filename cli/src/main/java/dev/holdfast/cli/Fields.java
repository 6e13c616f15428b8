package dev.holdfast.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names and values, one a line, the values aligned. */
final class Fields {
  private final Map<String, String> fields = new LinkedHashMap<>();

  Fields add(String name, Object value) {
    fields.put(name, value.toString());
    return this;
  }

  Fields addAll(Map<String, ?> more) {
    more.forEach(this::add);
    return this;
  }

  List<String> lines() {
    int width = fields.keySet().stream().mapToInt(String::length).max().orElse(0);
    return fields.entrySet().stream()
        .map(field ->
            "%s:%s  %s"
                .formatted(
                    field.getKey(), " ".repeat(width - field.getKey().length()), field.getValue()))
        .toList();
  }
}
