/**
 * Utilities for whatever is expensive: guards, pool, shared data, cache, mapped files,
 * configuration.
 */
module dev.holdfast.resource {
  requires transitive dev.holdfast.region;
  requires transitive org.spongepowered.configurate;
  requires jdk.jfr;
  requires net.kyori.option; // Configurate has no descriptor that would ask for it
  requires org.snakeyaml.engine;
  requires tools.jackson.core;
  requires static org.jspecify;
  requires static transitive java.sql; // for those who pool database connections

  exports dev.holdfast.resource.cache;
  exports dev.holdfast.resource.cache.shared;
  exports dev.holdfast.resource.config;
  exports dev.holdfast.resource.data;
  exports dev.holdfast.resource.file;
  exports dev.holdfast.resource.guard;
  exports dev.holdfast.resource.pool;
}
