/** Bundles and models on their way to a hive: what is there is asked first, what is missing is sent, in any number of attempts. */
@NullMarked
package io.cohesix.castool.upload;

import org.jspecify.annotations.NullMarked;
