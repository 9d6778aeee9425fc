/** Tests of the capability tables. */
@NullMarked
package io.cohesix.rtc.caps;

import org.jspecify.annotations.NullMarked;
