/** The console protocol on the client's side: frames, acknowledgements' transport, one owner thread per connection. */
@NullMarked
package io.cohesix.core.console;

import org.jspecify.annotations.NullMarked;
