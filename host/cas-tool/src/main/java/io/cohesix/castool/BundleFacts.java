// What is said of a bundle, the same by every command.
package io.cohesix.castool;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.Manifest;
import java.util.HashSet;

final class BundleFacts {
  private BundleFacts() {}

  static Facts of(Bundle bundle) {
    return of(bundle.manifest()).add("folder", bundle.folder());
  }

  static Facts of(Manifest manifest) {
    Manifest.Base base = manifest.base();
    return new Facts()
        .add("epoch", manifest.epoch().text())
        .add("payload_bytes", manifest.payloadBytes())
        .add("payload_sha256", manifest.payloadSha256().hex())
        .add("chunk_bytes", manifest.chunkBytes())
        .add("chunks", manifest.chunks().size())
        .add("distinct", new HashSet<>(manifest.chunks()).size())
        .add("base_epoch", base == null ? null : base.epoch().text())
        .add("base_sha256", base == null ? null : base.sha256().hex())
        .add("signed", manifest.signature() != null);
  }
}
