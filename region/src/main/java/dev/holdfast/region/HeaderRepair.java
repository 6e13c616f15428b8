package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the damaged header of a control segment anew. The space cannot be opened meanwhile, so the
 * capacities come from its descriptor, and are believed only if they give the object's exact size.
 *
 * <p><b>Sharing.</b> Under the creation lock: nobody creates, joins or leaves meanwhile.
 * Participants that are in the space read its header no more.
 *
 * <p><b>Crash points.</b> A header that is written in part has no fitting checksum: it is damaged
 * still, and is mended the same way.
 */
final class HeaderRepair {
  private final SpaceSpec spec;
  private final Environment environment;
  private final SpaceDirectory directory;

  HeaderRepair(SpaceSpec spec, Environment environment) {
    this.spec = spec;
    this.environment = environment;
    this.directory =
        new SpaceDirectory(environment.platform(), spec.root().map(Object::toString), spec.name());
  }

  Verification run() {
    if (!directory.exists()) {
      throw noSuchSpace();
    }
    Descriptor live = directory.openLive(false).orElseThrow(this::noSuchSpace);
    LivenessFile file = new LivenessFile(environment, live);
    try {
      return underLock(file);
    } finally {
      file.close();
    }
  }

  private Verification underLock(LivenessFile live) {
    try (LivenessFile.Held _ = live.lockCreation(spec.timeout());
        Arena arena = Arena.ofConfined()) {
      Words words = map(arena);
      if (ControlSegment.isUnfinished(words)) {
        throw refused("its control segment was never finished; open the space to make it anew");
      }
      try {
        ControlSegment.check(words, spec.name());
        return found(List.of());
      } catch (CorruptedException damage) {
        mend(words);
        return found(
            List.of(
                new Verification.Finding(
                    Verification.Damage.HEADER,
                    "header",
                    String.valueOf(damage.getMessage()),
                    true)));
      }
    }
  }

  private Words map(Arena arena) {
    String hash = Names.spaceHash(environment.realPath().apply(directory.root()), spec.name());
    Descriptor object =
        environment
            .platform()
            .openShared(Names.controlObject(hash), Access.READ_WRITE, Creation.OPEN, 0);
    try {
      var status = environment.platform().status(object);
      directory.refuseUnsafeControl(object.what(), status);
      if (status.bytes() < HeaderLayout.BYTES) {
        throw refused("its control segment has no room for a header: bytes=" + status.bytes());
      }
      return environment
          .platform()
          .words(environment.platform().map(object, status.bytes(), Access.READ_WRITE, arena));
    } finally {
      environment.platform().close(object);
    }
  }

  private void mend(Words words) {
    String descriptor = directory.readDescriptor();
    requireSameLayout(descriptor);
    Geometry geometry =
        geometry(
            number(descriptor, "participants"),
            number(descriptor, "regions"),
            number(descriptor, "events"));
    if (geometry.bytes() != words.byteSize()) {
      throw refused(
          "its descriptor does not fit its control segment: descriptor=%d bytes, segment=%d bytes"
              .formatted(geometry.bytes(), words.byteSize()));
    }
    ControlSegment.trusting(words, geometry).rewriteHeader(spec.name(), environment.platform());
    ControlSegment.check(words, spec.name());
  }

  private void requireSameLayout(String descriptor) {
    Matcher layout = Pattern.compile("\"layout\"\\s*:\\s*\"(\\d+)\\.\\d+\"").matcher(descriptor);
    if (!layout.find() || !layout.group(1).equals(Long.toString(HeaderLayout.MAJOR))) {
      throw refused(
          "its descriptor is not of layout %d.x; mend it with the version that made it"
              .formatted(HeaderLayout.MAJOR));
    }
  }

  private Geometry geometry(int participants, int regions, int events) {
    boolean possible =
        participants >= 64
            && participants <= HeaderLayout.PARTICIPANTS_MAX
            && participants % 64 == 0
            && regions >= 1
            && regions <= HeaderLayout.REGIONS_MAX
            && events >= HeaderLayout.EVENTS_MIN
            && events <= HeaderLayout.EVENTS_MAX
            && Integer.bitCount(events) == 1;
    if (!possible) {
      throw refused(
          "its descriptor is damaged: participants=%d, regions=%d, events=%d"
              .formatted(participants, regions, events));
    }
    return Geometry.of(participants, regions, events);
  }

  /** The number that stands behind a key; −1 where there is none. */
  private static int number(String descriptor, String key) {
    Matcher number = Pattern.compile("\"" + key + "\"\\s*:\\s*(\\d{1,9})\\b").matcher(descriptor);
    return number.find() ? Integer.parseInt(number.group(1)) : -1;
  }

  private static Verification found(List<Verification.Finding> findings) {
    return new Verification(findings, 0, 0);
  }

  private CorruptedException refused(String why) {
    return new CorruptedException(
        "header cannot be mended: space=%s, %s".formatted(spec.name(), why));
  }

  private SpaceNotFoundException noSuchSpace() {
    return new SpaceNotFoundException(
        "no such space: space=%s, root=%s".formatted(spec.name(), directory.root()));
  }
}
