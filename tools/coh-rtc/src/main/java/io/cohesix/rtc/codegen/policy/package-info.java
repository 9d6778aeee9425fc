/** Client policies, client defaults and the baseline script. */
@NullMarked
package io.cohesix.rtc.codegen.policy;

import org.jspecify.annotations.NullMarked;
