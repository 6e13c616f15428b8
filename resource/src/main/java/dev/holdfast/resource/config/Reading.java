package dev.holdfast.resource.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * All sources as they were at one time.
 *
 * @param parts what each held, in their order
 * @param problems why one could not be read
 * @param fingerprint a digest of all of it; the same for the same content on every machine
 */
record Reading(List<Part> parts, List<ConfigProblem> problems, String fingerprint) {

  /** One source's content. */
  record Part(String source, Content content) {}

  static Reading of(List<ConfigSource> sources, List<String> profiles) {
    Reader reader = new Reader();
    profiles.forEach(profile -> reader.requireFile(sources, profile));
    for (ConfigSource source : sources) {
      reader.read(source);
      profiles.forEach(profile -> source.ofProfile(profile).ifPresent(reader::read));
    }
    return reader.finish();
  }

  /** Reads one after the other. */
  private static final class Reader {
    private final List<Part> parts = new ArrayList<>();
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final MessageDigest digest = sha256();

    void read(ConfigSource source) {
      try {
        Content content = source.read();
        content.addTo(digest);
        parts.add(new Part(source.name(), content));
      } catch (IOException e) {
        String why = why(e);
        digest.update((byte) 3);
        digest.update(why.getBytes(StandardCharsets.UTF_8));
        problems.add(problem(source.name(), why));
      }
    }

    /** A profile without any file is a typing error. */
    void requireFile(List<ConfigSource> sources, String profile) {
      List<Path> files =
          sources.stream()
              .flatMap(source -> source.ofProfile(profile).stream())
              .flatMap(source -> source.file().stream())
              .toList();
      if (files.stream().noneMatch(Files::exists)) {
        problems.add(
            problem("profile " + profile, "the profile has no file; looked for: " + files));
      }
    }

    Reading finish() {
      return new Reading(
          List.copyOf(parts),
          List.copyOf(problems),
          HexFormat.of().formatHex(digest.digest(), 0, 8));
    }

    private static String why(IOException e) {
      return switch (e) {
        case NoSuchFileException _ -> "the file is not there";
        case AccessDeniedException _ -> "the file may not be read by this user";
        default -> "it cannot be read: " + e.getMessage();
      };
    }

    private static ConfigProblem problem(String source, String message) {
      return new ConfigProblem(ConfigProblem.Stage.READ, source, 0, "", "", message);
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every JDK has SHA-256", e);
      }
    }
  }
}
