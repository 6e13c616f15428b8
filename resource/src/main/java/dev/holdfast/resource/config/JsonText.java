package dev.holdfast.resource.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.spongepowered.configurate.ConfigurationNode;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** Reads JSON with the line of every key. */
final class JsonText {
  private static final JsonFactory FACTORY = JsonFactory.builder().build();

  private final JsonParser parser;
  private final Location file;
  private final List<ConfigProblem> problems;
  private final Extent extent = new Extent();

  private JsonText(JsonParser parser, Location file, List<ConfigProblem> problems) {
    this.parser = parser;
    this.file = file;
    this.problems = problems;
  }

  static void parse(
      String text, Location file, ConfigurationNode root, List<ConfigProblem> problems) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      new JsonText(parser, file, problems).readDocument(root);
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      Location location = file.atLine(at == null ? 0 : Math.max(0, at.getLineNr()));
      problems.add(problem(location, "", "JSON; " + withoutContent(e.getOriginalMessage())));
    }
  }

  private void readDocument(ConfigurationNode root) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      problems.add(problem(here(), "", "keys and values in { }"));
      return;
    }
    readObject(root, "");
    if (parser.nextToken() != null) {
      problems.add(problem(here(), "", "nothing behind the last }"));
    }
  }

  private void readValue(ConfigurationNode to, String path) {
    extent.enter(here());
    switch (parser.currentToken()) {
      case START_OBJECT -> readObject(to, path);
      case START_ARRAY -> readArray(to, path);
      case VALUE_NULL -> Tree.setNothing(to, here());
      default -> Tree.setText(to, parser.getString(), here());
    }
    extent.leave();
  }

  private void readObject(ConfigurationNode to, String path) {
    Tree.makeMap(to, here());
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      Location location = here();
      String keyPath = Paths.child(path, key);
      parser.nextToken();
      if (seen.add(key)) {
        ConfigurationNode child = to.node(key);
        readValue(child, keyPath);
        location.mark(child);
      } else {
        problems.add(wrong(location, keyPath, "each key once; it stands above already"));
        parser.skipChildren();
      }
    }
  }

  private void readArray(ConfigurationNode to, String path) {
    Tree.makeList(to, here());
    int index = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String elementPath = Paths.element(path, index);
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        problems.add(wrong(here(), elementPath, "a value"));
      }
      readValue(to.node(index++), elementPath);
    }
  }

  private Location here() {
    return file.atLine(Math.max(1, parser.currentTokenLocation().getLineNr()));
  }

  /** What stands in quotes may be a part of a secret. */
  private static String withoutContent(String message) {
    return message.replaceAll("'[^']{2,}'", "'…'");
  }

  /** Well-formed: what else is wrong can be told too. */
  private static ConfigProblem wrong(Location location, String path, String expected) {
    return location.problem(ConfigProblem.Stage.BIND, path, "", expected);
  }

  private static ConfigProblem problem(Location location, String path, String expected) {
    return location.problem(ConfigProblem.Stage.PARSE, path, "", expected);
  }
}
