package dev.holdfast.resource.cache;

/** A value on its way into the cache, with all that user code has to say of it already said. */
record Incoming<K, V>(K key, V value, int keyHash, long weight, Times times) {}
