/** The canonical resolved manifest and the capacity report as JSON. */
@NullMarked
package io.cohesix.rtc.codegen.json;

import org.jspecify.annotations.NullMarked;
