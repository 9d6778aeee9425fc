/** The manifest's schema table, its TOML document and its resolved values. */
@NullMarked
package io.cohesix.rtc.manifest;

import org.jspecify.annotations.NullMarked;
