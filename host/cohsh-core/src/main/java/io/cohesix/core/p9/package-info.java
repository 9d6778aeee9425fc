/** A hive over Secure9P that answers as the console does: the acknowledgement is composed here, by the console's grammar. */
@NullMarked
package io.cohesix.core.p9;

import org.jspecify.annotations.NullMarked;
