/** The C tables of the root task. */
@NullMarked
package io.cohesix.rtc.codegen.c;

import org.jspecify.annotations.NullMarked;
