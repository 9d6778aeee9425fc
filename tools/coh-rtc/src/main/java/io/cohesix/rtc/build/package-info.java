/** Puts one compile together: inputs, artefacts, and the comparison with what is on disk. */
@NullMarked
package io.cohesix.rtc.build;

import org.jspecify.annotations.NullMarked;
