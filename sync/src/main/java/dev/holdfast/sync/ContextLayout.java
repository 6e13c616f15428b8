package dev.holdfast.sync;

/** Where the fields of a context stand: docs/layout/locks.md. */
final class ContextLayout {
  static final int OWNER = 0;
  static final int PARK = 8;
  static final int SEQUENCE = 16;
  static final int SINCE = 24;
  static final int PRIORITY = 32;
  static final int AMOUNT = 40;
  static final int CANCEL = 48;
  static final int TICKET = 56;
  static final int DEADLINE = 64;
  static final int VICTIMS = 72;
  static final int THREAD = 80;
  static final int LABEL_LENGTH = 88;
  static final int LABEL = 96;
  static final int LABEL_BYTES_MAX = 32;
  static final int HELD = 128;
  static final int HELD_MAX = 16;
  static final int BYTES = 256;

  /** Sleeps on the park word itself. */
  static final long PARK_HERE = 1;

  /** Sleeps elsewhere: ring its participant's doorbell. */
  static final long PARK_ELSEWHERE = 2;

  static final long PARK_SIGNALLED = 4;

  static final long TICKET_WOUNDED = 1L << 63;
  static final long TICKET_WAIT_DIE = 1L << 62;

  private ContextLayout() {}
}
