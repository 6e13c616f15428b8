package dev.holdfast.stress.locks;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.Locks;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A JVM that is a {@link Party}: arguments are the space's root and name. */
final class LockPartyChild {
  private LockPartyChild() {}

  public static void main(String[] args) throws Exception {
    try (Space space = Space.open(SpaceSpec.named(args[1]).under(Path.of(args[0])));
        Region region = space.writableRegion("data")) {
      LockCommands commands =
          new LockCommands(Locks.of(space), Platform.current().words(region.segment()));
      System.out.println("READY");
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(commands.answer(line));
      }
    }
  }
}
