package dev.holdfast.cli;

import java.util.List;

/**
 * Where things stand in a control segment, layout 1: docs/layout/control-segment.md. Field n of a
 * list is the word at offset 8 n.
 */
final class ControlLayout {
  static final List<String> HEADER =
      List.of(
          "magic",
          "layoutMajor",
          "layoutMinor",
          "requiredFeatures",
          "optionalFeatures",
          "byteOrder",
          "bytes",
          "bootId",
          "bootIdLow",
          "incarnation",
          "createdAt",
          "participants",
          "regions",
          "events",
          "sections",
          "nameLength");

  static final List<String> CATALOG =
      List.of(
          "actor",
          "highSlot",
          "regionsInUse",
          "bytesInUse",
          "limitSpaceBytes",
          "limitRegionBytes",
          "limitParticipantBytes",
          "limitRegions",
          "limitParticipants",
          "sweepIntervalNanos",
          "eventsRecorded",
          "lastSweep",
          "sweeps",
          "recoveries",
          "joins",
          "regionsReclaimed");

  static final List<String> PARTICIPANT =
      List.of("word", "pid", "startTime", "pidNamespace", "uid", "joinedAt", "kind", "bytesInUse");

  static final List<String> REGION =
      List.of(
          "bytes",
          "backing",
          "policy",
          "policyNanos",
          "permissions",
          "options",
          "createdAt",
          "owner",
          "ownerPid",
          "ownerUid",
          "handle",
          "nameLength",
          "pathLength",
          "metadataLength",
          "reserved",
          "crc",
          "lastAccess",
          "opens",
          "writableOpens",
          "unheldSince",
          "checksumHandle",
          "checksum",
          "checksumTakenAt",
          "forced",
          "fileMade");

  static final long MAGIC = 0x5453_4146_444C_4F48L;
  static final long MAJOR = 1;
  static final int HEADER_BYTES = 4096;
  static final int NAME = 128;
  static final int NAME_BYTES = 64;
  static final int SECTION_TABLE = 512;
  static final int SECTION_STRIDE = 32;
  static final int SECTIONS_MAX = 15;
  static final int CRC = 1016;
  static final int READY = 1024;

  static final int CATALOG_SECTION = 1;
  static final int PARTICIPANT_SECTION = 2;
  static final int STATE_SECTION = 3;
  static final int NAME_SECTION = 4;
  static final int LEDGER_SECTION = 5;
  static final int REGION_SECTION = 6;
  static final int EVENT_SECTION = 7;

  static final int PARTICIPANT_LABEL = 136;
  static final int PARTICIPANT_LABEL_LENGTH = 128;
  static final int PARTICIPANT_LABEL_BYTES = 120;

  static final int REGION_NAME = 256;
  static final int REGION_NAME_BYTES = 128;
  static final int REGION_PATH = 384;
  static final int REGION_PATH_BYTES = 384;

  private ControlLayout() {}
}
