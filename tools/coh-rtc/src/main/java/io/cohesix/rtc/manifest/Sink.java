// The places where a manifest key ends up.
package io.cohesix.rtc.manifest;

/** Where a key ends up, besides the resolved JSON, which holds every key. */
public enum Sink {
  /** Constants and tables of the authority and its platform. */
  ROOT("seL4/root-task/generated/manifest.{h,c}"),
  /** cohsh's policy. */
  COHSH("out/cohsh_policy.toml"),
  /** coh's policy. */
  COH("out/coh_policy.toml"),
  /** The Java clients' defaults. */
  JAVA("host/cohsh-core/src/main/java/io/cohesix/core/generated/Defaults.java"),
  /** The image tool. */
  IMAGE("coh-rtc image"),
  /** The provisioning blob of a release image. */
  BLOB("coh-rtc provision"),
  /** Recorded only. */
  RECORD("out/manifests/root_task_resolved.json");

  private final String place;

  Sink(String place) {
    this.place = place;
  }

  /** The file or tool, for people. */
  public String place() {
    return place;
  }
}
