/** Secret references, key derivation and the provisioning blob. */
@NullMarked
package io.cohesix.rtc.secrets;

import org.jspecify.annotations.NullMarked;
