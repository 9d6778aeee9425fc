/** Tests of the manifest compiler. */
@NullMarked
package io.cohesix.rtc.build;

import org.jspecify.annotations.NullMarked;
