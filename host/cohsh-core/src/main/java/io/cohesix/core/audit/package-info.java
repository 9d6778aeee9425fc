/** A hive's audit, read outside of it: the journal of control writes and its chain of digests. */
@NullMarked
package io.cohesix.core.audit;

import org.jspecify.annotations.NullMarked;
