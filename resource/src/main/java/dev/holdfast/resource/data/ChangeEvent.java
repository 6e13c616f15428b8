package dev.holdfast.resource.data;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A shared value was changed. */
@Name("dev.holdfast.SharedDataChange")
@Label("Shared data change")
@Description("A shared value was changed")
@Category({"Holdfast", "Shared data"})
final class ChangeEvent extends Event {
  @Label("Class")
  @Description("Of the new value")
  String valueClass = "";

  @Label("Version")
  long version;

  @Label("How")
  @Description("REPLACED by an update, COPIED and changed, or changed IN_PLACE")
  String how = "";

  static void commit(Snapshot<? extends Object> next, String how) {
    ChangeEvent event = new ChangeEvent();
    if (event.isEnabled()) {
      event.valueClass = next.value().getClass().getName();
      event.version = next.version();
      event.how = how;
      event.commit();
    }
  }
}
