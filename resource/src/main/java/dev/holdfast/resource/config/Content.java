package dev.holdfast.resource.config;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.spongepowered.configurate.ConfigurationNode;

/** What a source held when it was read. */
sealed interface Content {
  /** Adds all of it to a digest, and of what kind it is: absent is not empty. */
  void addTo(MessageDigest digest);

  /** Makes a tree of it; what is not well-formed goes to {@code problems}. */
  ConfigurationNode parse(String source, RecordShape shape, Findings findings);

  /** Whether versions and migrations concern it; the others have names, not a layout. */
  default boolean isVersioned() {
    return false;
  }

  /** A text with a format. */
  record Text(ConfigFormat format, String text) implements Content {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    public Text {
      if (text.startsWith(BYTE_ORDER_MARK)) {
        text = text.substring(BYTE_ORDER_MARK.length());
      }
    }

    @Override
    public void addTo(MessageDigest digest) {
      digest.update((byte) 1);
      digest(text, digest);
    }

    @Override
    public boolean isVersioned() {
      return true;
    }

    @Override
    public ConfigurationNode parse(String source, RecordShape shape, Findings findings) {
      Location file = new Location(source, 1, format == ConfigFormat.PROPERTIES);
      ConfigurationNode root = Tree.create(file);
      if (text.isBlank()) {
        findings.add(
            file.problem(
                ConfigProblem.Stage.PARSE,
                "",
                "",
                "some text; an empty file is one that is being written (a comment will do)"));
        return root;
      }
      List<ConfigProblem> problems = new ArrayList<>();
      switch (format) {
        case YAML -> YamlText.parse(text, file, root, problems);
        case JSON -> JsonText.parse(text, file, root, problems);
        case PROPERTIES -> PropertiesText.parse(text, file, root, problems);
      }
      problems.forEach(findings::add);
      return root;
    }
  }

  /** Texts by dotted keys. */
  record Pairs(SortedMap<String, String> pairs) implements Content {
    @Override
    public void addTo(MessageDigest digest) {
      digestPairs(pairs, digest);
    }

    @Override
    public ConfigurationNode parse(String source, RecordShape shape, Findings findings) {
      Location location = new Location(source, 0, true);
      ConfigurationNode root = Tree.create(location);
      List<ConfigProblem> problems = new ArrayList<>();
      Extent extent = new Extent();
      pairs.forEach(
          (key, value) -> PropertiesText.put(root, key, value, location, extent, problems));
      problems.forEach(findings::add);
      return root;
    }
  }

  /** Environment variables that begin alike. */
  record Variables(String prefix, SortedMap<String, String> variables) implements Content {
    @Override
    public void addTo(MessageDigest digest) {
      digestPairs(variables, digest);
    }

    @Override
    public ConfigurationNode parse(String source, RecordShape shape, Findings findings) {
      ConfigurationNode root = Tree.create(new Location(source, 0, true));
      Map<String, String> paths = EnvironmentNames.of(prefix, shape);
      variables.forEach((variable, value) -> {
        Location location = new Location(source + " " + variable, 0, true);
        String path = paths.get(variable);
        if (path == null) {
          findings.warn(
              location.problem(
                  ConfigProblem.Stage.BIND,
                  "",
                  "",
                  "the name of a key"
                      + Findings.didYouMean(variable, List.copyOf(paths.keySet()))));
        } else {
          List<ConfigProblem> problems = new ArrayList<>();
          PropertiesText.put(root, path, value, location, new Extent(), problems);
          problems.forEach(findings::add);
        }
      });
      return root;
    }
  }

  /** An optional source that is not there. */
  record Absent() implements Content {
    @Override
    public void addTo(MessageDigest digest) {
      digest.update((byte) 0);
    }

    @Override
    public ConfigurationNode parse(String source, RecordShape shape, Findings findings) {
      return Tree.create(new Location(source, 0, false));
    }
  }

  private static void digestPairs(SortedMap<String, String> pairs, MessageDigest digest) {
    digest.update((byte) 2);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, pairs.size()));
    pairs.forEach((key, value) -> {
      digest(key, digest);
      digest(value, digest);
    });
  }

  /** With its length, so that no two lists of texts look alike. */
  private static void digest(String text, MessageDigest digest) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
    digest.update(bytes);
  }
}
