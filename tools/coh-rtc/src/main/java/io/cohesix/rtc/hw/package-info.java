/** What each profile's board has: addresses, interrupts, and which of the manifest's choices it can serve. */
@NullMarked
package io.cohesix.rtc.hw;

import org.jspecify.annotations.NullMarked;
