package dev.holdfast.resource.pool;

import java.time.Duration;
import java.util.Optional;

/**
 * An object that somebody has.
 *
 * @param borrower the name and number of the thread that borrowed it
 * @param age for how long
 * @param stack where it was borrowed, if the loan is one of those traced
 */
public record Loan(String borrower, Duration age, Optional<Throwable> stack) {}
