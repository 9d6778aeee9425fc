/** What the code generators take and give. */
@NullMarked
package io.cohesix.rtc.codegen;

import org.jspecify.annotations.NullMarked;
