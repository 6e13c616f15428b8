package dev.holdfast.resource.config;

/** A value that was bound: all of it, or a part beside which something was wrong. */
record Bound(Shape shape, Object value, Place place) {}
