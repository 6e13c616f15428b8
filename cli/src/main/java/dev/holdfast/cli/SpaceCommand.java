package dev.holdfast.cli;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the subcommands share: the global options, where they print, the space they work on. */
@Command
abstract class SpaceCommand implements Callable<Integer> {
  @Spec CommandSpec command = CommandSpec.create(); // replaced by picocli

  /** Does it; returns an {@link ExitCode}. */
  @Override
  public abstract Integer call() throws Exception;

  final Holdfast global() {
    return (Holdfast) command.root().userObject();
  }

  final Console console() {
    return global().console();
  }

  /** The space that was asked for, created if missing. */
  final Space openOrCreate() {
    return Space.open(spaceSpec());
  }

  /** The space that was asked for; none is created. */
  final Space openExisting() {
    return Space.open(spaceSpec().existing());
  }

  /** The space that was asked for, seen by others under this command's name. */
  final SpaceSpec spaceSpec() {
    SpaceSpec spec = SpaceSpec.named(global().space()).label(command.qualifiedName(" "));
    return global().root().map(spec::under).orElse(spec);
  }

  /** The directory that the space lies under, to look at from outside. */
  final SpaceRoot root(Platform platform) {
    return SpaceRoot.of(global().root(), console().environment(), platform);
  }

  /** The region of that name or id. */
  final RegionInfo find(Space space, String nameOrId) {
    return space
        .find(nameOrId)
        .orElseThrow(() ->
            new FailureException(
                "RegionNotFound",
                "no such region: space=%s, region=%s; see: holdfast -s %s ls"
                    .formatted(space.name(), nameOrId, space.name())));
  }

  final boolean json() {
    return global().json();
  }

  final void print(String line) {
    console().out().println(line);
  }

  final void print(List<String> lines) {
    lines.forEach(this::print);
  }

  final void printJson(Object value) {
    print(Json.page(value));
  }

  /** Something a person should know beside the result. */
  final void hint(String line) {
    console().err().println("holdfast: " + line);
  }

  /** The options do not fit each other. */
  final ParameterException wrongUsage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
