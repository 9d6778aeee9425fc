@NullMarked
package io.cohesix.rtc.hw;

import org.jspecify.annotations.NullMarked;
