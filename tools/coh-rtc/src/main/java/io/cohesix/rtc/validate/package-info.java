/** Turns a TOML document into resolved values, or into all its findings. */
@NullMarked
package io.cohesix.rtc.validate;

import org.jspecify.annotations.NullMarked;
