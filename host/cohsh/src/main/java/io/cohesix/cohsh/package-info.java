/** The operator's shell. */
@NullMarked
package io.cohesix.cohsh;

import org.jspecify.annotations.NullMarked;
