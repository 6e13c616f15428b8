package dev.holdfast.stress;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One page of documentation, taken apart: code blocks, links, headings' anchors, code in the text.
 */
final class MarkdownPage {
  private static final Pattern FENCE = Pattern.compile("^ {0,3}```(\\w*).*$");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*?) *#*$");

  /** A code block. */
  record Snippet(Path page, int line, String language, String code) {
    @Override
    public String toString() {
      return SourceTree.name(page) + ":" + line;
    }
  }

  private final Path file;
  private final List<Snippet> snippets = new ArrayList<>();
  private final List<String> prose = new ArrayList<>();

  private MarkdownPage(Path file) {
    this.file = file;
  }

  static MarkdownPage read(Path file) {
    MarkdownPage page = new MarkdownPage(file);
    page.parse(SourceTree.read(file).lines().toList());
    return page;
  }

  Path file() {
    return file;
  }

  List<Snippet> snippets(String language) {
    return snippets.stream().filter(snippet -> snippet.language().equals(language)).toList();
  }

  /** Where the links of the text point, as written. */
  List<String> links() {
    return prose.stream()
        .map(line -> CODE.matcher(line).replaceAll(""))
        .flatMap(line -> LINK.matcher(line).results())
        .map(link -> link.group(1))
        .toList();
  }

  /** What stands between backquotes in the text. */
  List<String> codeInText() {
    return prose.stream()
        .flatMap(line -> CODE.matcher(line).results())
        .map(MatchResult::group)
        .map(code -> code.substring(1, code.length() - 1))
        .toList();
  }

  /** The anchors that headings get when the page is shown. */
  Set<String> anchors() {
    Map<String, Integer> seen = new HashMap<>();
    Set<String> anchors = new HashSet<>();
    for (String line : prose) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        String anchor = anchor(heading.group(1));
        int before = seen.merge(anchor, 1, Integer::sum) - 1;
        anchors.add(before == 0 ? anchor : anchor + "-" + before);
      }
    }
    return anchors;
  }

  static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }

  private void parse(List<String> lines) {
    int start = -1;
    String language = "";
    for (int i = 0; i < lines.size(); i++) {
      Matcher fence = FENCE.matcher(lines.get(i));
      if (!fence.matches()) {
        if (start < 0) {
          prose.add(lines.get(i));
        }
      } else if (start < 0) {
        start = i + 1;
        language = fence.group(1);
      } else {
        String code = String.join("\n", lines.subList(start, i)) + "\n";
        snippets.add(new Snippet(file, start + 1, language, code));
        start = -1;
      }
    }
    if (start >= 0) {
      throw new IllegalStateException("a code block does not end: " + file + ":" + start);
    }
  }
}
