package dev.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One run of the command line in this process, and what it printed. */
final class Run {
  private final int exitCode;
  private final byte[] out;
  private final String err;

  private Run(int exitCode, byte[] out, String err) {
    this.exitCode = exitCode;
    this.out = out;
    this.err = err;
  }

  /** Runs it on spaces below {@code root}. */
  static Run of(Path root, String... arguments) {
    return of(Map.of(), root, arguments);
  }

  static Run of(Map<String, String> environment, Path root, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--root", root.toString()));
    all.addAll(List.of(arguments));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = Holdfast.run(Console.of(out, err, environment), all.toArray(String[]::new));
    return new Run(exitCode, out.toByteArray(), err.toString(UTF_8));
  }

  int exitCode() {
    return exitCode;
  }

  byte[] bytes() {
    return out;
  }

  String err() {
    return err;
  }

  String out() {
    return new String(out, UTF_8);
  }

  List<String> lines() {
    return out().lines().toList();
  }

  JsonNode json() {
    return JsonMapper.shared().readTree(out());
  }

  JsonNode error() {
    return JsonMapper.shared().readTree(err).get("error");
  }
}
