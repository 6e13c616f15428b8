package dev.holdfast.stress;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A process that joins a space, holds a region if one is named, says READY, and waits to be told to
 * end. With a fourth argument it makes the region instead, and waits half-way through filling it.
 */
final class HoldingChild {
  private HoldingChild() {}

  public static void main(String[] args) {
    try (Space space = Space.open(SpaceSpec.named(args[1]).under(Path.of(args[0])))) {
      if (args.length == 4) {
        fillHalf(space, args[2]);
      } else if (args.length == 3) {
        Region held = space.region(args[2]);
        System.out.println("READY " + held.id());
      } else {
        System.out.println("IN " + space.participants().size());
      }
      awaitEnd();
    }
  }

  private static void fillHalf(Space space, String name) {
    RegionSpec spec = RegionSpec.named(name).bytes(4096).policy(RegionPolicy.manual());
    space.create(
        spec,
        to -> {
          to.asSlice(0, 2048).fill((byte) 7);
          System.out.println("READY " + space.find(name).orElseThrow().id());
          awaitEnd();
        });
  }

  private static void awaitEnd() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
