/** The shell's commands: spelling as people type it, mapped to the console's verbs. */
@NullMarked
package io.cohesix.core.shell;

import org.jspecify.annotations.NullMarked;
