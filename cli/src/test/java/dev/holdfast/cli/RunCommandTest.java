package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class RunCommandTest {
  private static final String FUNCTIONS =
      """
      import os, signal

      def total(data):
          print("adding", len(data))
          return int(data.sum())

      def doubled(data):
          return data * 2

      def mixed(data, context):
          return 1 if context.index == 0 else data

      def fail(data):
          raise ValueError("no such colour")

      def die(data):
          os.kill(os.getpid(), signal.SIGKILL)

      def long(data):
          return "x" * 100
      """;

  @TempDir Path folder;
  private Path root;
  private Path input;
  private Path functions;

  @BeforeEach
  void write() throws IOException {
    var _ = Python.require(folder);
    root = folder.resolve("root");
    byte[] bytes = new byte[1200];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 100);
    }
    input = Files.write(folder.resolve("input.raw"), bytes);
    functions = Files.writeString(folder.resolve("functions.py"), FUNCTIONS);
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(root.resolve("default")).doesNotExist();
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  private Run run(String function, String... more) {
    String[] all = new String[more.length + 5];
    all[0] = "run";
    all[1] = "--worker";
    all[2] = functions + function;
    all[3] = "--input";
    all[4] = input.toString();
    System.arraycopy(more, 0, all, 5, more.length);
    return Run.of(root, all);
  }

  @Test
  void run_values_tableHasARowForEachSlice() {
    Run run = run(":total", "--workers", "2", "--slices", "3");

    assertThat(run.exitCode()).isZero();
    assertThat(run.lines()).hasSize(4);
    assertThat(run.lines().getFirst()).contains("SLICE", "OFFSET", "TRIES", "RESULT");
    assertThat(run.lines().getLast()).contains("800", "[400]", "19800");
    assertThat(run.err()).contains("[functions.py ", "adding 400");
  }

  @Test
  void run_json_hasEveryValue() {
    Run run = run(":total", "--dtype", "u1", "--shape", "12,100", "--workers", "1", "--json");

    JsonNode slice = run.json().path("slices").path(0);
    assertThat(run.json().path("function").asString()).isEqualTo("total");
    assertThat(slice.path("value").asInt()).isEqualTo(59400);
    assertThat(slice.path("shape").toString()).isEqualTo("[12,100]");
    assertThat(slice.path("tries").asInt()).isEqualTo(1);
  }

  @Test
  void run_valuesWithOutput_areLinesInOrder() throws IOException {
    Path output = folder.resolve("sums.jsonl");

    Run run = run(":total", "--slices", "3", "--copy", "--output", output.toString());

    assertThat(run.exitCode()).isZero();
    assertThat(Files.readAllLines(output)).containsExactly("19800", "19800", "19800");
    assertThat(run.err()).contains("results written: output=" + output);
  }

  @Test
  void run_arraysWithOutput_areTheirBytesInOrder() throws IOException {
    Path output = folder.resolve("doubled.raw");

    Run run = run(":doubled", "--slices", "5", "--output", output.toString());

    assertThat(run.exitCode()).isZero();
    byte[] doubled = Files.readAllBytes(output);
    assertThat(doubled).hasSize(1200);
    assertThat(doubled[1099]).isEqualTo((byte) 198);
    assertThat(run.out()).contains("uint8[240]");
  }

  @Test
  void run_arraysWithoutOutput_areDescribed() {
    Run table = run(":doubled", "--workers", "1");
    assertThat(table.out()).contains("uint8[1200]");
    assertThat(table.err()).contains("--output FILE writes their bytes");

    Run json = run(":doubled", "--workers", "1", "--json");
    assertThat(json.json().path("slices").path(0).path("array").toString())
        .isEqualTo("{\"dtype\":\"uint8\",\"shape\":[1200]}");
  }

  @Test
  void run_valuesAndArraysInOneOutput_isRefusedAndNoFileAppears() {
    Path output = folder.resolve("mixed");

    Run run = run(":mixed", "--slices", "2", "--output", output.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).contains("results do not fit into one file: slice 1 is an array");
    assertThat(output).doesNotExist();
  }

  @Test
  void run_longValue_isCutInTheTable() {
    assertThat(run(":long", "--workers", "1").lines().getLast()).endsWith("x…");
  }

  @Test
  void run_functionRaises_failsWithItsTraceback() {
    Run run = run(":fail", "--workers", "1");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).contains("ValueError: no such colour", "functions.py", "in fail");
  }

  @Test
  void run_everyWorkerDies_failsNamingTheSignal() {
    Run run = run(":die", "--workers", "1", "--json");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    String error = run.err().substring(run.err().lastIndexOf("{\"error\""));
    assertThat(error).contains("\"kind\":\"WorkerDied\"", "exit=137 (SIGKILL), tries=3");
  }

  @Test
  void run_onlyFunctionNotNamed_isChosen() throws IOException {
    functions = Files.writeString(folder.resolve("one.py"), "def size(data): return len(data)\n");
    assertThat(run("", "--workers", "1").lines().getLast()).endsWith("1200");

    Files.writeString(functions, "def a(data): return 1\ndef main(data): return len(data)\n");
    assertThat(run("", "--workers", "1").lines().getLast()).endsWith("1200");
  }

  @Test
  void run_functionNotToBeGuessed_isWrongUsageThatListsThem() {
    Run run = run("", "--workers", "1");

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("which function?", "total", "doubled");
    assertThat(run(":totel", "--workers", "1").err()).contains("no such function: function=totel");
  }

  @Test
  void run_wrongArguments_areRefusedBeforeAnythingStarts() {
    assertRefused(run(":total", "--dtype", "int7"), "unknown element type: dtype=int7");
    assertRefused(run(":total", "--shape", "7,100"), "needs=700 bytes");
    assertRefused(run(":total", "--shape", "-1,1200"), "shape=[-1, 1200]");
    assertRefused(
        run(":total", "--shape", "9223372036854775807,2"), "input does not have that shape");
    assertRefused(run(":total", "--dtype", "float64", "--shape", "1200"), "needs=9600 bytes");
    assertRefused(run(":total", "--workers", "0"), "processes=0");
    assertRefused(run(":total", "--slices", "0"), "count=0");
    functions = folder.resolve("missing.py");
    assertRefused(run(":total"), "no such Python file");
    functions = input;
    input = folder.resolve("missing.raw");
    assertRefused(run(""), "no such file: input=" + input);
  }

  private static void assertRefused(Run run, String why) {
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains(why);
  }
}
