/** The console protocol, tickets, policies and scripts, shared by every client. */
@NullMarked
package io.cohesix.core;

import org.jspecify.annotations.NullMarked;
