/** The command line: one class a command. */
@NullMarked
package io.cohesix.rtc.cli;

import org.jspecify.annotations.NullMarked;
