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
    List<ConfigValidator<? super T>> validators,
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

  Loaded<T> load(Reading reading) {
    Findings findings = new Findings();
    reading.problems().forEach(findings::add);
    ConfigurationNode merged = merge(reading, findings);
    if (isReadable(findings)) {
      Optional<T> value = bind(merged, findings);
      value.ifPresent(bound -> validate(bound, merged, findings));
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

  /** What could not be read would seem to be missing; nobody wants to be told that too. */
  private static boolean isReadable(Findings findings) {
    return findings.problems().stream()
        .allMatch(problem -> problem.stage().compareTo(ConfigProblem.Stage.BIND) >= 0);
  }

  private ConfigurationNode merge(Reading reading, Findings findings) {
    Canonical canonical =
        new Canonical(findings, refusesUnknownKeys ? findings::add : findings::warn);
    ConfigurationNode merged = Tree.create(new Location(type.getSimpleName(), 0, false));
    for (Reading.Part part : reading.parts().reversed()) {
      int before = findings.problems().size();
      ConfigurationNode tree = part.content().parse(part.source(), shape, findings);
      if (part.content().isVersioned()) {
        migrations.migrate(tree, findings);
      }
      if (findings.problems().size() == before) {
        merged.mergeFrom(canonical.of(tree, shape)); // keeps what later sources said already
      }
    }
    return merged;
  }

  private Optional<T> bind(ConfigurationNode merged, Findings findings) {
    return new Binder(findings).bind(shape, merged, "", defaults).map(type::cast);
  }

  private void validate(T value, ConfigurationNode merged, Findings findings) {
    ConfigProblems problems = new ConfigProblems(merged, shape);
    for (ConfigValidator<? super T> validator : validators) {
      try {
        validator.validate(value, problems);
      } catch (RuntimeException e) {
        problems.reject("", "a validator failed: " + e);
      }
    }
    problems.found().forEach(findings::add);
  }
}
