package dev.holdfast.resource.config;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.spongepowered.configurate.ConfigurationNode;

/** Reads {@code key=value} lines with the line of every key; {@code .} and {@code [n]} nest. */
final class PropertiesText {
  private PropertiesText() {}

  /** What the JDK reads as one pair, and where it begins. */
  private record LogicalLine(int line, String text) {}

  static void parse(
      String text, Location file, ConfigurationNode root, List<ConfigProblem> problems) {
    Set<String> seen = new HashSet<>();
    Extent extent = new Extent();
    for (LogicalLine line : logicalLines(text)) {
      Location location = file.atLine(line.line());
      try {
        Properties pair = new Properties();
        pair.load(new StringReader(line.text()));
        for (String key : pair.stringPropertyNames()) {
          String value = pair.getProperty(key);
          if (seen.add(key)) {
            put(root, key, value, location, extent, problems);
          } else {
            problems.add(
                location.problem(
                    ConfigProblem.Stage.BIND,
                    shown(key, value),
                    "",
                    "each key once; it stands above already"));
          }
        }
      } catch (IllegalArgumentException e) {
        problems.add(problem(location, "", "a line key=value; it has a broken \\u escape"));
      } catch (IOException e) {
        throw new AssertionError("a string can always be read", e);
      }
    }
  }

  /** Puts a text where a dotted key leads; a key that is also a group is a problem. */
  static void put(
      ConfigurationNode root,
      String key,
      String value,
      Location location,
      Extent extent,
      List<ConfigProblem> problems) {
    List<String> steps = Paths.steps(key);
    steps.forEach(_ -> extent.enter(location));
    steps.forEach(_ -> extent.leave());
    ConfigurationNode node = root;
    for (String step : steps) {
      if (node.rawScalar() != null) {
        problems.add(
            problem(location, shown(key, value), "either a value or keys below it, not both"));
        return;
      }
      node = node.node(step);
    }
    if (node.isMap()) {
      problems.add(
          problem(location, shown(key, value), "either a value or keys below it, not both"));
      return;
    }
    Tree.setText(node, value, location);
  }

  /**
   * An unknown key for messages. One without a value may be a line of a secret that goes over
   * several, padded as Base64 is.
   */
  static String shown(String key, String value) {
    return value.matches("=*") ? "" : key;
  }

  private static List<LogicalLine> logicalLines(String text) {
    List<LogicalLine> lines = new ArrayList<>();
    StringBuilder open = new StringBuilder();
    int number = 0;
    int begin = 1;
    for (String line : text.lines().toList()) {
      number++;
      if (open.isEmpty()) {
        begin = number;
      }
      open.append(line).append('\n');
      if (isComment(open) || !goesOn(line)) {
        lines.add(new LogicalLine(begin, open.toString()));
        open.setLength(0);
      }
    }
    if (!open.isEmpty()) {
      lines.add(new LogicalLine(begin, open.toString()));
    }
    return lines;
  }

  private static boolean isComment(CharSequence line) {
    String text = line.toString().stripLeading();
    return text.startsWith("#") || text.startsWith("!");
  }

  /** An odd number of backslashes at the end. */
  private static boolean goesOn(String line) {
    int end = line.length();
    while (end > 0 && line.charAt(end - 1) == '\\') {
      end--;
    }
    return (line.length() - end) % 2 == 1;
  }

  private static ConfigProblem problem(Location location, String path, String expected) {
    return location.problem(ConfigProblem.Stage.PARSE, path, "", expected);
  }
}
