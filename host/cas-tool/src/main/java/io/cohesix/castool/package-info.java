/** The program that packs, signs, verifies and uploads updates and models: its command line. */
@NullMarked
package io.cohesix.castool;

import org.jspecify.annotations.NullMarked;
