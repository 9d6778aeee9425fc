/** Ways to reach a hive: a TCP address, the POSIX build on this machine, an image in QEMU. All end in a TCP endpoint. */
@NullMarked
package io.cohesix.core.transport;

import org.jspecify.annotations.NullMarked;
