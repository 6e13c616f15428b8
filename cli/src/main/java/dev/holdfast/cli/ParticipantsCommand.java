package dev.holdfast.cli;

import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.Space;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code holdfast participants}: who is in a space. */
@Command(
    name = "participants",
    description = "Lists who is in a space; this command itself is one of them.",
    footerHeading = "%nExample:%n",
    footer = "  holdfast participants --json | jq '.participants[] | select(.alive | not)'")
final class ParticipantsCommand extends SpaceCommand {
  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      List<ParticipantInfo> participants = space.participants();
      long me = space.self().handle();
      if (json()) {
        printJson(
            Json.object(
                "space",
                space.name(),
                "participants",
                participants.stream().map(participant -> toJson(participant, me)).toList()));
      } else {
        print(table(participants, me).lines());
      }
    }
    return ExitCode.DONE;
  }

  private static Table table(List<ParticipantInfo> participants, long me) {
    Table table = new Table(">SLOT", ">PID", ">UID", "KIND", "STATE", ">OWNS", "JOINED", "LABEL");
    for (ParticipantInfo participant : participants) {
      table.row(
          participant.slot(),
          participant.pid(),
          participant.uid(),
          Show.constant(participant.kind()),
          participant.alive() ? "alive" : "dead",
          Show.bytes(participant.bytesInUse()),
          Show.time(participant.joinedAt()),
          participant.label() + (participant.handle() == me ? " (this command)" : ""));
    }
    return table;
  }

  private static Map<String, @Nullable Object> toJson(ParticipantInfo participant, long me) {
    return Json.object(
        "slot", participant.slot(),
        "handle", participant.handle(),
        "pid", participant.pid(),
        "pidNamespace", participant.pidNamespace(),
        "uid", participant.uid(),
        "kind", Show.constant(participant.kind()),
        "alive", participant.alive(),
        "bytesInUse", participant.bytesInUse(),
        "joinedAt", participant.joinedAt().toString(),
        "label", participant.label(),
        "self", participant.handle() == me);
  }
}
