/** The list of what a release is made of, in CycloneDX, and its licences. */
@NullMarked
package io.cohesix.release.sbom;

import org.jspecify.annotations.NullMarked;
