package dev.holdfast.resource.file;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** What a flight recording sees of mapped files. */
final class MappedFileEvents {
  private MappedFileEvents() {}

  @Name("dev.holdfast.MappedFileOpened")
  @Label("Mapped file opened")
  @Category({"Holdfast", "Files"})
  static final class Opened extends Event {
    @Label("Path")
    String path = "";

    @Label("Mode")
    String mode = "";

    @Label("Mapped")
    @DataAmount
    long bytes;
  }

  @Name("dev.holdfast.MappedFileFault")
  @Label("Mapped file fault")
  @Description("An access met memory that is not there")
  @Category({"Holdfast", "Files"})
  static final class Fault extends Event {
    @Label("What")
    String what = "";
  }

  static void opened(MappedFile file) {
    Opened event = new Opened();
    if (event.shouldCommit()) {
      event.path = file.path().toString();
      event.mode = file.mode().name();
      event.bytes = file.byteSize();
      event.commit();
    }
  }

  static void faulted(MappedFaultException fault) {
    Fault event = new Fault();
    if (event.shouldCommit()) {
      event.what = String.valueOf(fault.getMessage());
      event.commit();
    }
  }
}
