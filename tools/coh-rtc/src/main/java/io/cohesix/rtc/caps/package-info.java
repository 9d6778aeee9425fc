/** Which task holds which capability, and what is mapped where: the model behind the generated tables. */
@NullMarked
package io.cohesix.rtc.caps;

import org.jspecify.annotations.NullMarked;
