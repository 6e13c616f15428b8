package dev.holdfast.region;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes the golden control segment by the tables of docs/layout/control-segment.md alone: every
 * offset here is a literal from there, nothing is taken from the classes under test.
 *
 * <p>What it holds: 64 participants, 4 regions, 64 events. Participants 0 (Java, generation 1) and
 * 1 (Python, generation 3) are present. Region slot 0 is LIVE, shared memory, held by both; slot 1
 * is RETIRED, a file, held by participant 1; slot 2 was given back in generation 5; slot 3 was
 * never used. Three events.
 */
final class GoldenControl {
  static final long BOOT_HIGH = 0x0011_2233_4455_6677L;
  static final long BOOT_LOW = 0x8899_AABB_CCDD_EEFFL;
  static final long INCARNATION = 0x1234_5678_9ABC_DEF0L;
  static final long CREATED = 1_700_000_000_000_000_000L;
  static final long NOW_MONOTONIC = 5_000_000_000L;

  private static final int CATALOG = 4096;
  private static final int PARTICIPANTS = 8192; // 512 rounded up
  private static final int STATES = PARTICIPANTS + 64 * 256;
  private static final int NAMES = STATES + 4096;
  private static final int LEDGER = NAMES + 4096;
  private static final int REGIONS = LEDGER + 4096;
  private static final int EVENTS = REGIONS + 4096;
  private static final int BYTES = EVENTS + 64 * 128;

  private final ByteBuffer segment = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final List<String> fields = new ArrayList<>();

  /** Writes everything. */
  GoldenControl() {
    catalog();
    participant(
        0, 1, 4242, 987_654, 4_026_531_836L, 1000, CREATED + 1, 1, 8192, "dev.example.Main");
    participant(1, 3, 4343, 987_777, 4_026_531_836L, 1000, CREATED + 2, 2, 0, "vision.py");
    word(STATES, 1L << 32 | 2, "state of region slot 0: LIVE, generation 1");
    word(STATES + 8, 2L << 32 | 1 << 8 | 2, "state of region slot 1: LIVE+RETIRED, generation 2");
    word(STATES + 16, 5L << 32, "state of region slot 2: FREE, generation 5");
    word(STATES + 24, 0, "state of region slot 3: never used");
    word(NAMES, fnv("frame-42"), "name word of region slot 0: FNV-1a of frame-42");
    word(NAMES + 8, 0, "name word of region slot 1: it is retired");
    word(LEDGER, 0b11, "ledger row of region slot 0: participants 0 and 1");
    word(LEDGER + 64, 0b10, "ledger row of region slot 1: participant 1");
    live();
    retired();
    event(1, CREATED + 1, 1, 1L << 16, 0, 0, 4242, "dev.example.Main");
    event(2, CREATED + 3, 4, 1L << 16, 1L << 16, 8192, 4242, "frame-42");
    event(3, CREATED + 4, 5, 3L << 16 | 1, 2L << 16 | 1, 1, 4343, "old/one");
    header();
  }

  byte[] bytes() {
    return segment.array().clone();
  }

  /** Every field that was written: offset, its words or bytes, and what it is. */
  String description() {
    return "[\n" + String.join(",\n", fields) + "\n]\n";
  }

  private void header() {
    hex(0, "HOLDFAST".getBytes(StandardCharsets.US_ASCII), "magic");
    word(8, 1, "layout major");
    word(16, 0, "layout minor");
    word(24, 0, "required features");
    word(32, 0, "optional features");
    word(40, 0x0102030405060708L, "byte order mark");
    word(48, BYTES, "exact size of the segment");
    word(56, BOOT_HIGH, "boot id, first 8 bytes");
    word(64, BOOT_LOW, "boot id, last 8 bytes");
    word(72, INCARNATION, "incarnation");
    word(80, CREATED, "created at");
    word(88, 64, "participants");
    word(96, 4, "regions");
    word(104, 64, "events");
    word(112, 7, "section count");
    word(120, 6, "length of the space's name");
    hex(128, "golden".getBytes(StandardCharsets.UTF_8), "the space's name");
    section(1, "catalog", CATALOG, 1, 512);
    section(2, "participants", PARTICIPANTS, 64, 256);
    section(3, "region states", STATES, 4, 8);
    section(4, "region names", NAMES, 4, 8);
    section(5, "ledger", LEDGER, 4, 64);
    section(6, "regions", REGIONS, 4, 1024);
    section(7, "events", EVENTS, 64, 128);
    word(1016, crc(0, 1016), "CRC of bytes 0-1015");
    word(1024, 1, "ready");
  }

  private void section(int kind, String name, long start, long count, long stride) {
    int at = 512 + 32 * (kind - 1);
    words(at, "section " + name + ": kind, offset, count, stride", kind, start, count, stride);
  }

  private void catalog() {
    word(CATALOG, 0, "actor: nobody");
    word(CATALOG + 8, 3, "high slot");
    word(CATALOG + 16, 2, "regions in use");
    word(CATALOG + 24, 8192, "bytes in use: the file does not count");
    word(CATALOG + 32, 1L << 30, "limit: bytes of the space");
    word(CATALOG + 40, 1L << 28, "limit: bytes of one region");
    word(CATALOG + 48, 1L << 29, "limit: bytes of one participant's regions");
    word(CATALOG + 56, 4, "limit: regions");
    word(CATALOG + 64, 64, "limit: participants");
    word(CATALOG + 72, 60_000_000_000L, "sweep interval, nanoseconds");
    word(CATALOG + 80, 3, "events ever recorded");
    word(CATALOG + 88, NOW_MONOTONIC, "last sweep");
    word(CATALOG + 96, 7, "sweeps");
    word(CATALOG + 104, 1, "participants recovered");
    word(CATALOG + 112, 4, "joins");
    word(CATALOG + 120, 5, "regions reclaimed");
  }

  private void participant(
      int slot,
      long generation,
      long pid,
      long start,
      long namespace,
      long uid,
      long joined,
      long kind,
      long bytesInUse,
      String label) {
    int at = PARTICIPANTS + 256 * slot;
    String whose = "participant " + slot + ": ";
    byte[] text = label.getBytes(StandardCharsets.UTF_8);
    word(at, generation << 32 | 1, whose + "word: LIVE, generation " + generation);
    word(at + 8, pid, whose + "pid");
    word(at + 16, start, whose + "process start time");
    word(at + 24, namespace, whose + "inode of its PID namespace");
    word(at + 32, uid, whose + "uid");
    word(at + 40, joined, whose + "joined at");
    word(at + 48, kind, whose + "kind");
    word(at + 56, bytesInUse, whose + "bytes in use");
    word(at + 128, text.length, whose + "length of label");
    hex(at + 136, text, whose + "label");
  }

  private void live() {
    int at = REGIONS;
    word(at, 8192, "region 0: bytes");
    word(at + 8, 1, "region 0: backing SHM");
    word(at + 16, 3, "region 0: policy reference-counted");
    word(at + 24, 1_500_000_000L, "region 0: grace period");
    word(at + 32, 0600, "region 0: permissions");
    word(at + 40, 1 | 1 << 8, "region 0: options: zero before give-back, retire on owner death");
    word(at + 48, CREATED + 3, "region 0: created at");
    word(at + 56, 1L << 16, "region 0: owner, participant 0 of generation 1");
    word(at + 64, 4242, "region 0: owner's pid");
    word(at + 72, 1000, "region 0: owner's uid");
    word(at + 80, 1L << 16, "region 0: handle");
    texts(at, "region 0: ", "frame-42", "", "dtype=uint8\nshape=2x4096\n");
    word(at + 128, NOW_MONOTONIC - 1000, "region 0: last access");
    word(at + 136, 2, "region 0: opens");
    word(at + 144, 1, "region 0: writable opens");
    word(at + 152, 0, "region 0: unheld since: not known to be unheld");
    word(at + 160, 1L << 16, "region 0: checksum taken for");
    word(at + 168, 0xDEAD_BEEFL, "region 0: checksum");
    word(at + 176, CREATED + 5, "region 0: checksum taken at");
    word(at + 184, 0, "region 0: forced");
    word(at + 192, 0, "region 0: file made");
  }

  private void retired() {
    int at = REGIONS + 1024;
    word(at, 1, "region 1: bytes");
    word(at + 8, 2, "region 1: backing FILE");
    word(at + 16, 1, "region 1: policy automatic");
    word(at + 24, 300_000_000_000L, "region 1: time-out");
    word(at + 32, 0640, "region 1: permissions");
    word(
        at + 40, 2 | 2 << 8, "region 1: options: the file is ours to delete, reset on owner death");
    word(at + 48, CREATED + 2, "region 1: created at");
    word(at + 56, 3L << 16 | 1, "region 1: owner, participant 1 of generation 3");
    word(at + 64, 4343, "region 1: owner's pid");
    word(at + 72, 1000, "region 1: owner's uid");
    word(at + 80, 2L << 16 | 1, "region 1: handle");
    texts(at, "region 1: ", "old/one", "/var/tmp/old.bin", "");
    word(at + 128, NOW_MONOTONIC - 2000, "region 1: last access");
    word(at + 136, 1, "region 1: opens");
    word(at + 144, 1, "region 1: writable opens");
    word(at + 184, 1L << 16, "region 1: forced, by participant 0 of generation 1");
    word(at + 192, 1, "region 1: file made");
  }

  private void texts(int at, String whose, String name, String path, String metadata) {
    word(at + 88, name.length(), whose + "length of name");
    word(at + 96, path.length(), whose + "length of path");
    word(at + 104, metadata.length(), whose + "length of metadata");
    hex(at + 256, name.getBytes(StandardCharsets.UTF_8), whose + "name");
    if (!path.isEmpty()) {
      hex(at + 384, path.getBytes(StandardCharsets.UTF_8), whose + "path");
    }
    if (!metadata.isEmpty()) {
      hex(at + 768, metadata.getBytes(StandardCharsets.UTF_8), whose + "metadata");
    }
    CRC32C crc = new CRC32C();
    crc.update(segment.array(), at, 120);
    crc.update(segment.array(), at + 256, 768);
    word(at + 120, crc.getValue(), whose + "CRC of bytes 0-119 and 256-1023");
  }

  private void event(
      long sequence,
      long epoch,
      long kind,
      long actor,
      long region,
      long value,
      long pid,
      String text) {
    int at = EVENTS + 128 * (int) (sequence - 1);
    String whose = "event " + sequence + ": ";
    word(at + 8, epoch, whose + "at");
    word(at + 16, kind, whose + "kind");
    word(at + 24, actor, whose + "actor");
    word(at + 32, region, whose + "region handle");
    word(at + 40, value, whose + "value");
    word(at + 48, pid, whose + "actor's pid");
    word(at + 56, text.length(), whose + "length of text");
    hex(at + 64, text.getBytes(StandardCharsets.UTF_8), whose + "text");
    word(at + 120, crc(at + 8, at + 120), whose + "CRC of bytes 8-119");
    word(at, sequence, whose + "sequence");
  }

  private long crc(int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(segment.array(), from, to - from);
    return crc.getValue();
  }

  /** FNV-1a as its authors give it. */
  private static long fnv(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
      hash ^= each & 0xff;
      hash *= 0x100000001b3L;
    }
    return hash;
  }

  private void word(int at, long value, String what) {
    words(at, what, value);
  }

  private void words(int at, String what, long... values) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      segment.putLong(at + 8 * i, values[i]);
      texts.add(Long.toUnsignedString(values[i]));
    }
    fields.add(
        "  {\"offset\": %d, \"words\": [%s], \"what\": \"%s\"}"
            .formatted(at, String.join(", ", texts), what));
  }

  private void hex(int at, byte[] bytes, String what) {
    segment.put(at, bytes);
    fields.add(
        "  {\"offset\": %d, \"hex\": \"%s\", \"what\": \"%s\"}"
            .formatted(at, HexFormat.of().formatHex(bytes), what));
  }
}
