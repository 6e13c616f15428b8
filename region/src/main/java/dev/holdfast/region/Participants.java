package dev.holdfast.region;

import dev.holdfast.platform.ProcessIdentity;
import dev.holdfast.platform.Words;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The participant table: who is a member of the space.
 *
 * <p><b>Sharing.</b> A participant writes its own entry; whoever has its liveness byte may free it.
 *
 * <p><b>Crash points.</b> The fields are written before the word says LIVE; a joiner that dies
 * before leaves a FREE slot, one that dies after is recovered.
 */
final class Participants {
  static final long KIND_JAVA = 1;

  private final ControlSegment segment;
  private final Words words;

  Participants(ControlSegment segment) {
    this.segment = segment;
    this.words = segment.words();
  }

  int capacity() {
    return segment.participants();
  }

  long word(int slot) {
    return words.get(segment.participant(slot) + ParticipantLayout.WORD);
  }

  boolean isFree(int slot) {
    return ParticipantLayout.state(word(slot)) == ParticipantLayout.FREE;
  }

  /** Whether that very participant, not a later one in its slot, still has its place. */
  boolean isMember(long handle) {
    int slot = Handle.slot(handle);
    return slot < capacity()
        && word(slot) == ParticipantLayout.word(ParticipantLayout.LIVE, Handle.generation(handle));
  }

  long handle(int slot) {
    return Handle.of(slot, ParticipantLayout.generation(word(slot)));
  }

  /** The generation that the next participant in this slot gets. */
  long nextGeneration(int slot) {
    return StateWord.nextGeneration(ParticipantLayout.generation(word(slot)));
  }

  /** Takes the FREE slot whose liveness byte the caller holds. */
  void join(Actor actor, ProcessIdentity identity, long joinedEpochNanos, String label) {
    long at = segment.participant(actor.slot());
    byte[] bytes = new byte[ParticipantLayout.BYTES];
    ByteBuffer entry = Geometry.buffer(bytes);
    byte[] labelBytes = EventLog.cut(label, ParticipantLayout.LABEL_BYTES_MAX);
    entry.putLong(ParticipantLayout.WORD, word(actor.slot())); // FREE, as it is
    entry.putLong(ParticipantLayout.PID, identity.pid());
    entry.putLong(ParticipantLayout.START_TIME, identity.startTimeTicks());
    entry.putLong(ParticipantLayout.PID_NAMESPACE, identity.pidNamespace());
    entry.putLong(ParticipantLayout.UID, identity.uid());
    entry.putLong(ParticipantLayout.JOINED, joinedEpochNanos);
    entry.putLong(ParticipantLayout.KIND, KIND_JAVA);
    entry.putLong(ParticipantLayout.LABEL_LENGTH, labelBytes.length);
    entry.put(ParticipantLayout.LABEL, labelBytes);
    words.setBytes(at, bytes);
    words.set(
        at + ParticipantLayout.WORD,
        ParticipantLayout.word(ParticipantLayout.LIVE, actor.generation()));
    words.add(segment.catalog(CatalogLayout.JOINS), 1);
  }

  /** Gives the slot back; nothing may carry its number any more. */
  void free(int slot) {
    words.set(
        segment.participant(slot) + ParticipantLayout.WORD,
        ParticipantLayout.word(ParticipantLayout.FREE, ParticipantLayout.generation(word(slot))));
  }

  /** For a damaged word: occupied, of that generation. */
  void markLive(int slot, long generation) {
    words.set(
        segment.participant(slot) + ParticipantLayout.WORD,
        ParticipantLayout.word(ParticipantLayout.LIVE, generation));
  }

  void setBytesInUse(int slot, long bytes) {
    words.set(segment.participant(slot) + ParticipantLayout.BYTES_IN_USE, bytes);
  }

  long bytesInUse(int slot) {
    return words.get(segment.participant(slot) + ParticipantLayout.BYTES_IN_USE);
  }

  ParticipantInfo read(int slot, boolean alive) {
    byte[] bytes = words.getBytes(segment.participant(slot), ParticipantLayout.BYTES);
    ByteBuffer entry = Geometry.buffer(bytes);
    long labelLength = entry.getLong(ParticipantLayout.LABEL_LENGTH);
    boolean readable = labelLength >= 0 && labelLength <= ParticipantLayout.LABEL_BYTES_MAX;
    String label =
        readable
            ? new String(bytes, ParticipantLayout.LABEL, (int) labelLength, StandardCharsets.UTF_8)
            : "(damaged)";
    long word = entry.getLong(ParticipantLayout.WORD);
    return new ParticipantInfo(
        Handle.of(slot, ParticipantLayout.generation(word)),
        slot,
        alive,
        entry.getLong(ParticipantLayout.PID),
        entry.getLong(ParticipantLayout.START_TIME),
        entry.getLong(ParticipantLayout.PID_NAMESPACE),
        entry.getLong(ParticipantLayout.UID),
        EventLog.instant(entry.getLong(ParticipantLayout.JOINED)),
        ParticipantInfo.Kind.of(entry.getLong(ParticipantLayout.KIND)),
        label,
        entry.getLong(ParticipantLayout.BYTES_IN_USE));
  }
}
