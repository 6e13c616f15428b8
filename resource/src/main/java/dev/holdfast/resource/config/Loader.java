package dev.holdfast.resource.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.spongepowered.configurate.ConfigurationNode;

/**
 * The part of the pipeline that changes nothing: read → parse → migrate → bind → validate.
 *
 * @param profiles those whose files are laid over each file
 * @param defaults what holds where no source says anything
 */
record Loader<T>(
    Class<T> type,
    RecordShape shape,
    List<ConfigSource> sources,
    List<String> profiles,
    Migrations migrations,
    Validation<T> validation,
    @Nullable T defaults,
    boolean refusesUnknownKeys) {

  /**
   * What became of a reading: a value, or problems.
   *
   * @param entries each key with its value and where it was written
   */
  record Loaded<T>(
      Optional<T> value,
      List<ConfigEntry> entries,
      List<ConfigProblem> problems,
      List<ConfigProblem> warnings) {}

  Reading read() {
    return Reading.of(sources, profiles);
  }

  /** What to watch. */
  List<Path> files() {
    return sources.stream()
        .flatMap(source ->
            Stream.concat(
                Stream.of(source),
                profiles.stream().flatMap(each -> source.ofProfile(each).stream())))
        .flatMap(source -> source.file().stream())
        .toList();
  }

  /** Whatever the code of others throws on the way is a problem. */
  Loaded<T> load(Reading reading) {
    try {
      return loadOrThrow(reading);
    } catch (Throwable e) {
      String why = "the configuration could not be made: " + e;
      return new Loaded<>(
          Optional.empty(),
          List.of(),
          List.of(
              new ConfigProblem(
                  ConfigProblem.Stage.VALIDATE, type.getSimpleName(), 0, "", "", why)),
          List.of());
    }
  }

  private Loaded<T> loadOrThrow(Reading reading) {
    Findings findings = new Findings();
    reading.problems().forEach(findings::add);
    Optional<ConfigurationNode> whole = merge(reading, findings);
    if (whole.isPresent() && findings.isReadableSince(0)) {
      ConfigurationNode merged = whole.get();
      Optional<T> value = bindAndValidate(merged, findings);
      if (value.isPresent() && findings.isClean()) {
        List<ConfigEntry> entries = Flat.entries(shape, value.get(), merged);
        return new Loaded<>(value, entries, List.of(), List.copyOf(findings.warnings()));
      }
    }
    return new Loaded<>(
        Optional.empty(),
        List.of(),
        List.copyOf(findings.problems()),
        List.copyOf(findings.warnings()));
  }

  /** All sources in one tree; nothing if one could not take part. */
  private Optional<ConfigurationNode> merge(Reading reading, Findings findings) {
    Canonical canonical =
        new Canonical(findings, refusesUnknownKeys ? findings::add : findings::warn);
    ConfigurationNode merged = Tree.create(new Location(type.getSimpleName(), 0, false));
    boolean isWhole = true;
    for (Reading.Part part : reading.parts()) {
      int before = findings.problems().size();
      ConfigurationNode tree = parse(part, findings);
      if (findings.isReadableSince(before) && part.content().isVersioned()) {
        boolean isGood = findings.problems().size() == before;
        if (isGood || migrations.isPresent(tree)) {
          migrations.migrate(tree, findings);
        } else {
          isWhole = false; // a migration expects a good file
          continue;
        }
      }
      if (findings.isReadableSince(before)) {
        Tree.overlay(canonical.of(tree, shape), merged);
      }
    }
    return isWhole ? Optional.of(merged) : Optional.empty();
  }

  private ConfigurationNode parse(Reading.Part part, Findings findings) {
    try {
      return part.content().parse(part.source(), shape, findings);
    } catch (Extent.Exceeded e) {
      findings.add(e.problem());
      return Tree.create(new Location(part.source(), 0, false));
    }
  }

  private Optional<T> bindAndValidate(ConfigurationNode merged, Findings findings) {
    Binder binder = new Binder(findings);
    Optional<Object> bound = binder.bind(shape, merged, Place.ROOT, defaults);
    ConfigProblems problems = new ConfigProblems(merged, shape);
    bound
        .map(whole -> List.of(new Bound(shape, whole, Place.ROOT)))
        .orElseGet(binder::parts)
        .forEach(part -> validation.checkParts(part, problems));
    Optional<T> value = bound.map(type::cast);
    value.ifPresent(whole -> validation.checkWhole(whole, problems));
    problems.found().forEach(findings::add);
    return value;
  }
}
