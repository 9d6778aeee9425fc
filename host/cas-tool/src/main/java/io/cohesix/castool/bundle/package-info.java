/** Updates and models as files: manifests in canonical CBOR, chunks by their hash, signatures. No network. */
@NullMarked
package io.cohesix.castool.bundle;

import org.jspecify.annotations.NullMarked;
