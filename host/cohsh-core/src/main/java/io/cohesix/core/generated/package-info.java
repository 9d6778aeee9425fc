/** Defaults that coh-rtc writes from the manifest. Do not edit by hand. */
@NullMarked
package io.cohesix.core.generated;

import org.jspecify.annotations.NullMarked;
