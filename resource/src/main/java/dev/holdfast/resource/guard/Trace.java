package dev.holdfast.resource.guard;

import java.io.Serial;

/** Where and by which thread something was done; never thrown. */
final class Trace extends Throwable {
  @Serial private static final long serialVersionUID = 1;

  Trace(String what) {
    super("%s here, by thread %s".formatted(what, Thread.currentThread()));
  }
}
