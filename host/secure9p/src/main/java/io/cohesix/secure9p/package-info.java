/**
 * 9P2000.L for the JVM: a strict codec, a pipelined client, a session pool and tails of ring files.
 *
 * <p>Start with {@link io.cohesix.secure9p.Client}. Positions, identities and errors are those of spec/secure9p.md, but
 * the client speaks to any 9P2000.L server.
 */
@NullMarked
package io.cohesix.secure9p;

import org.jspecify.annotations.NullMarked;
