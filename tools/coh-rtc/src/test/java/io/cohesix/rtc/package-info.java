/** Tests of the manifest compiler. */
@NullMarked
package io.cohesix.rtc;

import org.jspecify.annotations.NullMarked;
