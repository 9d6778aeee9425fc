/** Client policies that coh-rtc writes, with their hash check. */
@NullMarked
package io.cohesix.core.policy;

import org.jspecify.annotations.NullMarked;
