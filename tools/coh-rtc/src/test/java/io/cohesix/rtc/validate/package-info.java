/** Tests of the manifest compiler. */
@NullMarked
package io.cohesix.rtc.validate;

import org.jspecify.annotations.NullMarked;
