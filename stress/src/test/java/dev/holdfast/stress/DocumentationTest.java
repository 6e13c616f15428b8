package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.stress.MarkdownPage.Snippet;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the pages show compiles, what they point to exists, and no file tells of a machine. */
class DocumentationTest {
  private static final List<String> IMPORTS =
      List.of(
          "dev.holdfast.region.*",
          "dev.holdfast.sync.*",
          "dev.holdfast.worker.*",
          "java.lang.foreign.*",
          "java.nio.file.*",
          "java.time.*",
          "java.util.*");
  private static final Pattern WHOLE_FILE =
      Pattern.compile("(?m)^(import |(public |final )*(class|record|interface|enum) )");
  private static final Pattern TYPE = Pattern.compile("[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*");
  private static final Pattern TYPE_AND_MEMBER =
      Pattern.compile("(" + TYPE + ")[.#]([a-z]\\w*)(\\(.*\\))?");
  private static final Pattern TEST_METHOD = Pattern.compile("[a-z]\\w*_\\w+_\\w+");
  private static final Pattern FILE_NAME = Pattern.compile("[\\w./-]*\\w\\.(java|py|pml|md|sh)");

  @TempDir Path directory;

  @BeforeAll
  static void needsCheckout() {
    String message = "DOCUMENTATION NOT CHECKED: not a git checkout: " + SourceTree.root();
    if (!SourceTree.isCheckout()) {
      System.err.println(message);
    }
    assumeTrue(SourceTree.isCheckout(), message);
  }

  // ---- snippets ----------------------------------------------------------------------------

  @Test
  void javaSnippets_ofReadmeAndGuides_compile() throws IOException {
    List<Snippet> snippets = snippets("java");
    assertThat(snippets).isNotEmpty();
    Map<String, String> wrong = new TreeMap<>();
    for (Snippet snippet : snippets) {
      String messages = compile(snippet);
      if (!messages.isEmpty()) {
        wrong.put(snippet.toString(), messages);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void javaSnippet_usesWhatDoesNotExist_isFound() throws IOException {
    Snippet wrong =
        new Snippet(SourceTree.root().resolve("README.md"), 1, "java", "Space.openSesame();\n");

    assertThat(compile(wrong)).contains("cannot find symbol").contains("openSesame");
  }

  private String compile(Snippet snippet) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-classpath",
            System.getProperty("java.class.path"),
            "-d",
            Files.createTempDirectory(directory, "classes").toString());
    boolean compiled =
        compiler.getTask(messages, null, null, options, null, List.of(source(snippet))).call();
    return compiled ? "" : messages.toString();
  }

  private static JavaFileObject source(Snippet snippet) {
    String code = wrapped(snippet.code());
    return new SimpleJavaFileObject(
        URI.create("string:///Snippet.java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public boolean isNameCompatible(String simpleName, JavaFileObject.Kind kind) {
        return true; // a whole file names its class as it likes
      }

      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return code;
      }
    };
  }

  private static String wrapped(String code) {
    if (WHOLE_FILE.matcher(code).find()) {
      return code;
    }
    String imports = IMPORTS.stream().map("import %s;%n"::formatted).collect(Collectors.joining());
    return imports + "class Snippet {\n  void run() throws Exception {\n" + code + "  }\n}\n";
  }

  @Test
  void pythonSnippets_ofReadmesAndGuides_compile() throws IOException {
    List<Snippet> snippets = snippets("python");
    assertThat(snippets).isNotEmpty();
    List<String> command = new ArrayList<>(List.of("python3", "-c", COMPILE_ALL));
    for (Snippet snippet : snippets) {
      String name = snippet.toString().replace(File.separatorChar, '_').replace(':', '_');
      command.add(Files.writeString(directory.resolve(name + ".py"), snippet.code()).toString());
    }

    assertThat(SourceTree.run(command)).isEqualToIgnoringNewLines(snippets.size() + " compiled");
  }

  private static final String COMPILE_ALL =
      """
      import sys
      for name in sys.argv[1:]:
          with open(name, encoding="utf-8") as source:
              compile(source.read(), name, "exec")
      print(len(sys.argv) - 1, "compiled")
      """;

  private static List<Snippet> snippets(String language) {
    return SourceTree.files(".md").stream()
        .filter(DocumentationTest::showsUse)
        .map(MarkdownPage::read)
        .flatMap(page -> page.snippets(language).stream())
        .toList();
  }

  private static boolean showsUse(Path page) {
    String name = SourceTree.name(page);
    return name.endsWith("README.md") || name.startsWith("docs/guides/");
  }

  // ---- links and names ---------------------------------------------------------------------

  @Test
  void links_betweenPages_resolve() {
    List<String> broken = new ArrayList<>();
    int checked = 0;
    for (Path file : SourceTree.files(".md")) {
      MarkdownPage page = MarkdownPage.read(file);
      for (String link : page.links()) {
        if (!link.matches("[a-z]+:.*")) {
          checked++;
          if (!resolves(page, link)) {
            broken.add(SourceTree.name(file) + " → " + link);
          }
        }
      }
    }
    assertThat(checked).isPositive();
    assertThat(broken).isEmpty();
  }

  private static boolean resolves(MarkdownPage from, String link) {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path target = path.isEmpty() ? from.file() : from.file().resolveSibling(path).normalize();
    return Files.exists(target)
        && (hash < 0 || MarkdownPage.read(target).anchors().contains(link.substring(hash + 1)));
  }

  @Test
  void requirements_everyNamedClassTestAndFile_exists() {
    Path requirements = SourceTree.root().resolve("docs/requirements.md");
    String message = "REQUIREMENTS NOT CHECKED: there is no docs/requirements.md";
    if (!Files.exists(requirements)) {
      System.err.println(message);
    }
    assumeTrue(Files.exists(requirements), message);

    List<String> named = MarkdownPage.read(requirements).codeInText();
    Names names = new Names();
    assertThat(named).anyMatch(code -> TYPE.matcher(code).matches());
    assertThat(named.stream().filter(code -> !names.knows(code)).distinct()).isEmpty();
  }

  /** Every word and every file name of the tree's code. */
  private static final class Names {
    private static final Pattern WORD = Pattern.compile("\\w+");

    private final Set<String> words =
        SourceTree.files(".java", ".py", ".pml").stream()
            .map(SourceTree::read)
            .flatMap(text -> WORD.matcher(text).results())
            .map(word -> word.group())
            .collect(Collectors.toSet());
    private final List<Path> files = SourceTree.files();

    /** Whether code in the text names something that is there, or is no name at all. */
    boolean knows(String code) {
      var member = TYPE_AND_MEMBER.matcher(code);
      if (member.matches()) {
        return words.contains(member.group(1)) && words.contains(member.group(2));
      }
      if (TYPE.matcher(code).matches() || TEST_METHOD.matcher(code).matches()) {
        return words.contains(code);
      }
      return !FILE_NAME.matcher(code).matches()
          || files.stream().anyMatch(file -> file.endsWith(Path.of(code)));
    }
  }

  @Test
  void names_notInTheTree_areFound() {
    Names names = new Names();

    assertThat(
            Stream.of("DocumentationTest", "Space.open", "MarkdownPage.java").filter(names::knows))
        .hasSize(3);
    assertThat(
            Stream.of("Missing" + "Test", "Space.open" + "Widely", "Missing" + "Page.java")
                .filter(names::knows))
        .isEmpty();
  }

  // ---- nothing of a machine ------------------------------------------------------------------

  @Test
  void files_ofTheProject_nameNoMachineAndNoRegistry() {
    List<String> needles =
        Stream.of(
                List.of("/wo", "rk/"),
                List.of("/ro", "ot/"),
                List.of("repo.", "maven"),
                List.of("deb.", "debian"),
                List.of("registry.", "npmjs"))
            .map(halves -> String.join("", halves))
            .toList();
    List<Path> files = SourceTree.files();
    List<String> found = new ArrayList<>();
    for (Path file : files) {
      SourceTree.text(file)
          .ifPresent(text ->
              needles.stream()
                  .filter(text::contains)
                  .forEach(needle -> found.add(SourceTree.name(file) + " names " + needle)));
    }
    assertThat(files).hasSizeGreaterThan(100);
    assertThat(found).isEmpty();
  }
}
