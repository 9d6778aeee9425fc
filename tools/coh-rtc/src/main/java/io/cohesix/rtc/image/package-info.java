/**
 * Boot images (spec/boot.md "Images"): reads ELF files and kernel builds, refuses what can't boot,
 * writes images byte-reproducibly.
 */
@NullMarked
package io.cohesix.rtc.image;

import org.jspecify.annotations.NullMarked;
