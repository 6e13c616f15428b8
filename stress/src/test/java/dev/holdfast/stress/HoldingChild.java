package dev.holdfast.stress;

import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A process that joins a space, holds a region if one is named, says READY, and waits to be told to
 * end.
 */
final class HoldingChild {
  private HoldingChild() {}

  public static void main(String[] args) throws IOException {
    try (Space space = Space.open(SpaceSpec.named(args[1]).under(Path.of(args[0])))) {
      if (args.length == 3) {
        Region held = space.region(args[2]);
        System.out.println("READY " + held.id());
      } else {
        System.out.println("IN " + space.participants().size());
      }
      while (System.in.read() >= 0) {}
    }
  }
}
