/** What a release has beside its programs. */
@NullMarked
package io.cohesix.release;

import org.jspecify.annotations.NullMarked;
