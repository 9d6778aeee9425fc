/** Tests of the manifest compiler. */
@NullMarked
package io.cohesix.rtc.cli;

import org.jspecify.annotations.NullMarked;
