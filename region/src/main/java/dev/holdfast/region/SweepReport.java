package dev.holdfast.region;

/**
 * What a sweep found.
 *
 * @param participantsRecovered dead participants whose holds were dropped
 * @param regionsReclaimed regions given back by their policy
 */
public record SweepReport(int participantsRecovered, int regionsReclaimed) {}
