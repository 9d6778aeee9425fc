// What an image is measured to, and what that depends on.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MeasurementsTest {
  private static final String DICE =
      Samples.MANIFEST.replace(
          "\"profile\"", "\"hw\":{\"attestation\":{\"enabled\":true,\"kind\":\"dice\"}},\"profile\"");

  private static BootImage.Parts parts(String manifest, @Nullable Octets provision, @Nullable Octets secret) {
    byte[] hash =
        Hash.sha256Hex(manifest.getBytes(StandardCharsets.UTF_8)).getBytes(StandardCharsets.US_ASCII);
    byte[] image = new byte[Samples.USER_BYTES];
    System.arraycopy(hash, 0, image, 100, hash.length);
    TestElf rootserver =
        new TestElf()
            .entry(Samples.USER_VIRT + 8)
            .load(Samples.USER_VIRT, Samples.USER_VIRT, image, Samples.USER_BYTES + 100)
            .section(
                KernelNote.SECTION,
                Samples.note(KernelNote.Kind.ROOTSERVER, 1, false, Samples.labels()))
            .symbol("coh_provision", Samples.USER_VIRT + 4096, 4096)
            .symbol("coh_evidence", Samples.USER_VIRT + 8192, 4096);
    BootImage.Parts p =
        Samples.parts(Samples.build(), Samples.kernel(), rootserver, null, null, manifest);
    return new BootImage.Parts(
        p.loader(),
        p.kernel(),
        p.kernelFile(),
        p.build(),
        p.rootserver(),
        p.rootserverFile(),
        null,
        provision,
        secret,
        p.manifest());
  }

  private static Measurements of(BootImage.Parts p) {
    return Measurements.of(BootImage.make(p).image().array());
  }

  @Test
  void keysAndSecretAreNoPartOfTheMeasurementAndAllElseIs() {
    Measurements bare = of(parts(DICE, null, null));
    Measurements full = of(parts(DICE, new Octets(new byte[300]), new Octets(new byte[32])));
    assertEquals("dice", bare.json().get("kind"));
    assertEquals(bare.measurement(), full.measurement());
    assertEquals("", bare.digests().get("provision"));
    assertEquals(Hash.sha256Hex(new byte[300]), full.digests().get("provision"));
    assertNotEquals(bare.measurement(), of(parts(Samples.MANIFEST, null, null)).measurement());
  }

  @Test
  void theChainIsThatOfAPcr() {
    Measurements m = of(parts(Samples.MANIFEST, null, null));
    byte[] pcr = new byte[32];
    for (String name : Measurements.CHAIN) {
      String hex = m.digests().getOrDefault(name, "");
      byte[] both = java.util.Arrays.copyOf(pcr, 64);
      if (!hex.isEmpty()) {
        System.arraycopy(java.util.HexFormat.of().parseHex(hex), 0, both, 32, 32);
      }
      pcr = Hash.sha256(both);
    }
    assertEquals(Hash.hex(pcr), m.measurement());
    assertEquals("", m.digests().get("dtb"));
  }

  @Test
  void aDeviceSecretOfAnotherSizeOrWithoutUseIsRefused() {
    assertEquals(
        "device secret: has 31 bytes, must have 32: make one with head -c 32 /dev/urandom",
        assertThrows(
                ImageException.class, () -> BootImage.make(parts(DICE, null, new Octets(new byte[31]))))
            .getMessage());
    assertEquals(
        "device secret: the manifest's hw.attestation does not use one: leave --device-secret out, or"
            + " set enabled = true and kind = \"dice\"",
        assertThrows(
                ImageException.class,
                () -> BootImage.make(parts(Samples.MANIFEST, null, new Octets(new byte[32]))))
            .getMessage());
  }
}
