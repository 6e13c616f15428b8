package dev.holdfast.resource.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import org.spongepowered.configurate.ConfigurationNode;

/** Reads YAML 1.2 with the line of every key. */
final class YamlText {
  /** What the parser says before it says what it found there, which may be a part of a secret. */
  private static final Pattern WITHOUT_CONTENT =
      Pattern.compile(
          "expected [^:]*(?=, but )|could not find expected ':'"
              + "|found (undefined (alias|tag handle)|unexpected end of stream|unexpected document separator"
              + "|unknown escape character|duplicate YAML directive|a key after \\\\t\\(TAB\\))"
              + "|(mapping keys|mapping values|sequence entries) are not allowed here"
              + "|Non scalar key is detected");

  private final Location file;
  private final List<ConfigProblem> problems;
  private final Set<Node> open = new HashSet<>();
  private final Extent extent = new Extent();

  private YamlText(Location file, List<ConfigProblem> problems) {
    this.file = file;
    this.problems = problems;
  }

  static void parse(
      String text, Location file, ConfigurationNode root, List<ConfigProblem> problems) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file.source())
            .setUseMarks(true)
            .setSchema(new CoreSchema())
            .setMaxAliasesForCollections(Extent.NODES_MAX)
            .setCodePointLimit(Integer.MAX_VALUE)
            .build();
    try {
      List<Node> documents = new ArrayList<>();
      new Composer(settings, new Events(settings, text, file)).forEachRemaining(documents::add);
      new YamlText(file, problems).readDocuments(documents, root);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      problems.add(problem(file.atLine(line), "", expected(e.getProblem())));
    } catch (YamlEngineException e) {
      problems.add(problem(file, "", expected(e.getMessage())));
    }
  }

  private static String expected(@Nullable String problem) {
    Matcher said = WITHOUT_CONTENT.matcher(String.valueOf(problem));
    return "YAML; " + (said.lookingAt() ? said.group() : "not well-formed");
  }

  /** Refuses what is too deep before the composer's stack does. */
  private static final class Events extends ParserImpl {
    private final Location file;
    private final Extent extent = new Extent();

    Events(LoadSettings settings, String text, Location file) {
      super(settings, new StreamReader(settings, text));
      this.file = file;
    }

    @Override
    public Event next() {
      Event event = super.next();
      if (event instanceof CollectionStartEvent) {
        extent.enter(at(file, event.getStartMark()));
      } else if (event instanceof CollectionEndEvent) {
        extent.leave();
      }
      return event;
    }
  }

  private void readDocuments(List<Node> documents, ConfigurationNode root) {
    if (documents.size() > 1) {
      problems.add(problem(at(documents.get(1)), "", "one document in a file"));
    } else if (documents.size() == 1) {
      if (documents.getFirst() instanceof MappingNode map) {
        readMap(map, root, "");
      } else if (!isNull(documents.getFirst())) {
        problems.add(problem(at(documents.getFirst()), "", "keys and values"));
      }
    }
  }

  private void read(Node from, ConfigurationNode to, String path) {
    if (!open.add(from)) {
      problems.add(problem(at(from), path, "no alias of what contains it"));
      return;
    }
    extent.enter(at(from));
    switch (from) {
      case MappingNode map -> readMap(map, to, path);
      case SequenceNode list -> readList(list, to, path);
      case ScalarNode scalar when isNull(scalar) -> Tree.setNothing(to, at(scalar));
      case ScalarNode scalar -> Tree.setText(to, scalar.getValue(), at(scalar));
      default -> throw new AssertionError("every YAML node is one of three: " + from.getNodeType());
    }
    extent.leave();
    open.remove(from);
  }

  private void readMap(MappingNode from, ConfigurationNode to, String path) {
    Tree.makeMap(to, at(from));
    Set<String> seen = new HashSet<>();
    for (NodeTuple entry : from.getValue()) {
      ScalarNode key = (ScalarNode) entry.getKeyNode(); // the composer refuses others
      if (seen.add(key.getValue())) {
        readEntry(key, entry.getValueNode(), to, path);
      } else {
        problems.add(
            wrong(
                at(key),
                Paths.child(path, key.getValue()),
                "each key once; it stands above already"));
      }
    }
  }

  private void readEntry(ScalarNode key, Node value, ConfigurationNode to, String path) {
    ConfigurationNode child = to.node(key.getValue());
    read(value, child, Paths.child(path, key.getValue()));
    if (!child.virtual()) { // else an alias that is refused
      at(key).mark(child);
    }
  }

  private void readList(SequenceNode from, ConfigurationNode to, String path) {
    Tree.makeList(to, at(from));
    int index = 0;
    for (Node element : from.getValue()) {
      String elementPath = Paths.element(path, index);
      if (isNull(element)) {
        problems.add(wrong(at(element), elementPath, "a value"));
      }
      read(element, to.node(index++), elementPath);
    }
  }

  private static boolean isNull(Node node) {
    return Tag.NULL.equals(node.getTag());
  }

  private Location at(Node node) {
    return at(file, node.getStartMark());
  }

  private static Location at(Location file, Optional<Mark> mark) {
    return file.atLine(mark.map(Mark::getLine).map(line -> line + 1).orElse(0));
  }

  /** Well-formed: what else is wrong can be told too. */
  private static ConfigProblem wrong(Location location, String path, String expected) {
    return location.problem(ConfigProblem.Stage.BIND, path, "", expected);
  }

  private static ConfigProblem problem(Location location, String path, String expected) {
    return location.problem(ConfigProblem.Stage.PARSE, path, "", expected);
  }
}
