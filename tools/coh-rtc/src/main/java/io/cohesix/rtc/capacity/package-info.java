/** Every static pool of the rootserver and the memory sum. */
@NullMarked
package io.cohesix.rtc.capacity;

import org.jspecify.annotations.NullMarked;
