package dev.holdfast.resource.guard;

/** Entries for the jcstress tests of one forked JVM, of a registry that does not know them. */
final class StressEntry {
  private static final ResourceRegistry REGISTRY =
      ResourceRegistry.open(RegistrySpec.named("stress").leakDetection(LeakDetection.OFF));

  /** One that the collector hands to nobody. */
  static Entry<String> create() {
    CleanupPolicy policy = CleanupPolicy.standard();
    Entry<String> entry =
        new ResourceGuard<>(REGISTRY, "text", "x", text -> {}, policy, null).entry();
    entry.clear();
    return entry;
  }

  private StressEntry() {}
}
