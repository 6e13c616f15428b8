/**
 * The command line.
 *
 * <p>{@link dev.holdfast.cli.Holdfast} is the program; each {@code …Command} class is one
 * subcommand. They print what the layers below say and decide nothing themselves.
 */
@NullMarked
package dev.holdfast.cli;

import org.jspecify.annotations.NullMarked;
