package dev.holdfast.benchmarks;

import dev.holdfast.platform.Platform;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which system calls does one operation make, and which does its bare peer make?
 *
 * <p>Runs itself again under strace (Debian's package of that name), each operation a hundred times
 * between two calls that mark its beginning and end, and counts the calls of that one thread.
 */
public final class SystemCalls {
  private static final int TIMES = 100;
  private static final String MARK = "/holdfast-mark-";
  private static final Pattern CALL = Pattern.compile("^(\\d+) +(?:<\\.\\.\\. )?(\\w+)[( ]");

  private SystemCalls() {}

  /** Without argument: traces; {@code traced}: does what is to be traced. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals("traced")) {
      operations();
    } else {
      trace();
    }
  }

  private static void operations() {
    try (BenchmarkSpace scratch = new BenchmarkSpace()) {
      String object = BareRegion.name("calls");
      scratch.createLasting("there", 4096);
      BareRegion.create(object, 4096);
      try {
        marked("create + close", () -> scratch.createTransient("made", 4096).close());
        marked(
            "bare create + close",
            () -> BareRegion.createMapRemove(object + "-made", 4096, Arena.ofConfined()));
        marked("open + close", () -> scratch.space().region("there").close());
        marked("bare open + close", () -> BareRegion.openMap(object, 4096, Arena.ofConfined()));
        marked("find", () -> scratch.space().find("there"));
      } finally {
        BareRegion.remove(object);
      }
    }
  }

  private static void marked(String what, Runnable operation) {
    for (int i = 0; i < TIMES; i++) { // loads and links
      operation.run();
    }
    String mark = MARK + what.replace(' ', '_');
    Platform.current().statusOf(mark);
    for (int i = 0; i < TIMES; i++) {
      operation.run();
    }
    Platform.current().statusOf(mark);
  }

  private static void trace() throws IOException, InterruptedException {
    Path log = Files.createTempFile("holdfast-calls", ".log");
    try {
      List<String> command = new ArrayList<>(List.of("strace", "-f", "-o", log.toString()));
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.addAll(List.of(SystemCalls.class.getName(), "traced"));
      int code = new ProcessBuilder(command).inheritIO().start().waitFor();
      if (code != 0) {
        throw new IllegalStateException("strace failed: exit code=" + code);
      }
      count(log);
    } finally {
      Files.delete(log);
    }
  }

  private static void count(Path log) throws IOException {
    String operation = "";
    String thread = "";
    Map<String, Integer> calls = new TreeMap<>();
    for (String line : Files.readAllLines(log)) {
      Matcher call = CALL.matcher(line);
      if (!call.find()) {
        continue;
      }
      int mark = line.indexOf(MARK);
      if (mark >= 0 && operation.isEmpty()) {
        operation = line.substring(mark + MARK.length(), line.indexOf('"', mark)).replace('_', ' ');
        thread = call.group(1);
        calls.clear();
      } else if (mark >= 0) {
        print(operation, calls);
        operation = "";
      } else if (call.group(1).equals(thread) && !line.contains("resumed>")) {
        calls.merge(call.group(2), 1, Integer::sum);
      }
    }
  }

  private static void print(String operation, Map<String, Integer> calls) {
    StringBuilder text = new StringBuilder();
    int sum = 0;
    for (Map.Entry<String, Integer> call : calls.entrySet()) {
      int each = Math.round((float) call.getValue() / TIMES);
      if (each > 0) { // what happens less than every other time is the JVM's own
        sum += each;
        text.append(' ').append(each).append('×').append(call.getKey());
      }
    }
    System.out.printf("| %-20s | %2d |%s%n", operation, sum, text);
  }
}
