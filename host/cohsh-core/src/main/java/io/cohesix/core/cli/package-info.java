/** What the command lines of all programs have in common: the way to a hive, exit codes, how a program begins and ends. */
@NullMarked
package io.cohesix.core.cli;

import org.jspecify.annotations.NullMarked;
