// What goes into an image, that it is the same every time, and what is refused with which sentence.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.Test;

class BootImageTest {
  private static String refusal(BootImage.Parts parts) {
    return String.valueOf(
        assertThrows(ImageException.class, () -> BootImage.make(parts)).getMessage());
  }

  private static String withManifest(String from, String to) {
    String text = Samples.MANIFEST.replace(from, to);
    return refusal(
        Samples.parts(Samples.build(), Samples.kernel(), Samples.rootserver(), null, null, text));
  }

  private static String withBuild(KernelBuild build) {
    return refusal(
        Samples.parts(build, Samples.kernel(), Samples.rootserver(), null, null, Samples.MANIFEST));
  }

  private static String withRootserver(TestElf rootserver) {
    return refusal(
        Samples.parts(Samples.build(), Samples.kernel(), rootserver, null, null, Samples.MANIFEST));
  }

  @Test
  void theImageIsLoaderThenTableThenPayloadsEachOnAPage() {
    BootImage.Files files = BootImage.make(Samples.parts());
    ByteBuffer image = ByteBuffer.wrap(files.image().array()).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(8192, image.getInt(4), "the header says where the table is");
    assertEquals(files.image().length() + FlatImage.SLACK, image.getLong(16));
    PayloadTable t = FlatImage.read(files.image().array());
    assertEquals(t.stamp(), "0.1.0 kernel=seL4-16.0.0");
    assertEquals(Samples.KERNEL_VIRT, t.kernelEntry());
    assertEquals(Samples.USER_VIRT + 8, t.userEntry());
    assertEquals(Samples.USER_VIRT + 4096, t.provisionVirt(), "where keys go that come later");
    assertEquals(1, t.cores());
    assertEquals(
        List.of(PayloadTable.Kind.KERNEL, PayloadTable.Kind.ROOTSERVER, PayloadTable.Kind.MANIFEST),
        t.blobs().stream().map(PayloadTable.Blob::kind).toList());
    assertEquals(0x230000, t.blobs().get(0).memSize());
    assertEquals(4 * 4096, t.blobs().get(1).memSize());
    for (int i = 0; i < 3; i++) {
      assertEquals(0, image.getLong(8192 + PayloadTable.ENTRIES_AT + 80 * i + 8) % 4096);
    }
  }

  @Test
  void theSamePartsGiveTheSameBytesInAnyLocaleAndZone() {
    BootImage.Files first = BootImage.make(Samples.parts());
    Locale locale = Locale.getDefault();
    TimeZone zone = TimeZone.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
      BootImage.Files second = BootImage.make(Samples.parts());
      assertArrayEquals(first.image().array(), second.image().array());
      assertArrayEquals(first.cpio().array(), second.cpio().array());
    } finally {
      Locale.setDefault(locale);
      TimeZone.setDefault(zone);
    }
  }

  @Test
  void theArchiveHoldsTheFilesSortedWithoutTimes() throws IOException {
    BootImage.Files files =
        BootImage.make(
            Samples.parts(
                Samples.build(),
                Samples.kernel(),
                Samples.rootserver(),
                Samples.tree("linux,dummy-virt", 1024, 1),
                null,
                Samples.MANIFEST));
    List<String> names = new ArrayList<>();
    try (CpioArchiveInputStream in =
        new CpioArchiveInputStream(new ByteArrayInputStream(files.cpio().array()))) {
      for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        names.add(e.getName());
        assertEquals(0, e.getTime());
        assertEquals(0, e.getUID());
        byte[] content = in.readAllBytes();
        if (e.getName().equals("manifest.sha256")) {
          assertEquals(
              Hash.sha256Hex(Samples.MANIFEST.getBytes(StandardCharsets.UTF_8))
                  + "  manifest.json\n",
              new String(content, StandardCharsets.US_ASCII));
        } else if (e.getName().equals("kernel")) {
          assertArrayEquals(Samples.kernel().bytes(), content);
        }
      }
    }
    assertEquals(
        List.of("kernel", "kernel.dtb", "manifest.json", "manifest.sha256", "rootserver"), names);
    assertEquals("070701", new String(files.cpio().array(), 0, 6, StandardCharsets.US_ASCII));
  }

  @Test
  void everyFlippedBitOfTableOrPayloadIsFound() {
    byte[] image = BootImage.make(Samples.parts()).image().array();
    FlatImage.read(image);
    int found = 0;
    for (int at = 8192; at < 8192 + PayloadTable.BYTES; at++) {
      found += damaged(image, at);
    }
    assertEquals(PayloadTable.BYTES, found);
    for (int at :
        new int[] {12288, 12288 + 999, 16384, 16384 + Samples.USER_BYTES - 1, image.length - 1}) {
      assertEquals(1, damaged(image, at), "byte " + at);
    }
  }

  private static int damaged(byte[] image, int at) {
    byte[] copy = image.clone();
    copy[at] ^= 4;
    return String.valueOf(
                assertThrows(ImageException.class, () -> FlatImage.read(copy)).getMessage())
            .isEmpty()
        ? 0
        : 1;
  }

  @Test
  void anImageThatWasCutShortIsFound() {
    byte[] image = BootImage.make(Samples.parts()).image().array();
    for (int n : new int[] {0, 63, 64, 8191, 8192, 8192 + 839, 12288, image.length - 1}) {
      assertThrows(
          ImageException.class,
          () -> FlatImage.read(java.util.Arrays.copyOf(image, n)),
          "cut to " + n);
    }
  }

  @Test
  void provisioningNeedsItsPageAndMakesTheImageASecret() {
    byte[] blob = {1, 2, 3};
    BootImage.Files files =
        BootImage.make(
            Samples.parts(
                Samples.build(),
                Samples.kernel(),
                Samples.rootserver(),
                null,
                blob,
                Samples.MANIFEST));
    assertEquals(Samples.USER_VIRT + 4096, files.table().provisionVirt());
    assertEquals(
        List.of("the image holds the provisioning blob: it is a secret, treat it as one"),
        files.notes());
    assertEquals(
        "provisioning blob: has 4097 bytes, at most 4096",
        refusal(
            Samples.parts(
                Samples.build(),
                Samples.kernel(),
                Samples.rootserver(),
                null,
                new byte[4097],
                Samples.MANIFEST)));
    TestElf bare =
        new TestElf()
            .entry(Samples.USER_VIRT)
            .load(
                Samples.USER_VIRT,
                Samples.USER_VIRT,
                Hash.sha256Hex(Samples.MANIFEST.getBytes(StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.US_ASCII),
                5000)
            .section(
                KernelNote.SECTION,
                Samples.note(KernelNote.Kind.ROOTSERVER, 1, false, Samples.labels()));
    assertEquals(
        "rootserver.elf: has no symbol coh_provision: it is another version's, or stripped: build it"
            + " again",
        refusal(
            Samples.parts(Samples.build(), Samples.kernel(), bare, null, blob, Samples.MANIFEST)));
    assertEquals(
        "rootserver.elf: coh_provision at 0x400010 with 4096 bytes, must be one aligned page of"
            + " 4096 bytes",
        refusal(
            Samples.parts(
                Samples.build(),
                Samples.kernel(),
                bare.symbol("coh_provision", Samples.USER_VIRT + 16, 4096),
                null,
                blob,
                Samples.MANIFEST)));
  }

  @Test
  void aPageThatALinkerScriptMadeHasNoSizeAndIsTaken() {
    byte[] image = Hash.sha256Hex(Samples.MANIFEST.getBytes(StandardCharsets.UTF_8)).getBytes(
        StandardCharsets.US_ASCII);
    TestElf linked =
        new TestElf()
            .entry(Samples.USER_VIRT)
            .load(Samples.USER_VIRT, Samples.USER_VIRT, image, 8192)
            .section(
                KernelNote.SECTION,
                Samples.note(KernelNote.Kind.ROOTSERVER, 1, false, Samples.labels()))
            .symbol("coh_provision", Samples.USER_VIRT + 4096, 0)
            .symbol("coh_evidence", Samples.USER_VIRT, 0);
    BootImage.Files files =
        BootImage.make(
            Samples.parts(
                Samples.build(), Samples.kernel(), linked, null, new byte[1], Samples.MANIFEST));
    assertEquals(Samples.USER_VIRT + 4096, files.table().provisionVirt());
  }

  @Test
  void anImageWithDevelopmentKeysSaysSo() {
    assertEquals(
        List.of(
            "the image holds the ticket keys of a development manifest: whoever has it can mint"
                + " tickets"),
        BootImage.make(Samples.parts()).notes());
  }

  @Test
  void aManifestThatThisImageCannotServeIsRefused() {
    assertEquals(
        "manifest: profile.name is \"pi4-uboot-aarch64\", an image for QEMU virt needs \"virt-aarch64\"",
        withManifest("virt-aarch64", "pi4-uboot-aarch64"));
    String other = withManifest("31337", "31338");
    assertTrue(
        other.startsWith("rootserver.elf: was not built from this manifest (SHA-256 "), other);
    assertTrue(other.endsWith(" is not in it): run coh-rtc compile and build it again"), other);
    assertEquals(
        "kernel seL4-16.0.0: has 1 core, affinity.worker_cores names core 3: configure the build"
            + " with -DKernelMaxNumNodes=4, or change affinity",
        withManifest(
            "{\"enabled\":false}",
            "{\"enabled\":true,\"authority_core\":0,\"net_core\":1,\"worker_cores\":[3,2]}"));
    assertEquals(
        "kernel seL4-16.0.0: has 1 core, affinity.net_core names core 1: configure the build"
            + " with -DKernelMaxNumNodes=2, or change affinity",
        withManifest(
            "{\"enabled\":false}",
            "{\"enabled\":true,\"authority_core\":0,\"net_core\":1,\"worker_cores\":[0]}"));
  }

  @Test
  void aKernelWithMoreCoresThanTheManifestNamesIsRefused() {
    assertEquals(
        "kernel seL4-16.0.0: has 4 cores, the manifest's affinity section names 2 cores: configure"
            + " the build with -DKernelMaxNumNodes=2, or change affinity",
        refusal(
            Samples.parts(
                Samples.build(false, 4, false, 12, 0x80000000L),
                Samples.kernel(),
                Samples.rootserver(
                    Samples.note(KernelNote.Kind.ROOTSERVER, 4, false, Samples.labels())),
                null,
                null,
                Samples.MANIFEST.replace(
                    "{\"enabled\":false}",
                    "{\"enabled\":true,\"authority_core\":0,\"net_core\":1,\"worker_cores\":[1]}"))));
  }

  @Test
  void aReleaseNeverGetsTheSimulationKernel() {
    String release = Samples.MANIFEST.replace("\"release\":false", "\"release\":true");
    assertEquals(
        "manifest: profile.release is true and the kernel is the simulation kernel, which protects"
            + " nothing: name a seL4 build with --sel4-build DIR",
        refusal(
            Samples.parts(
                Samples.build(true, 1, false, 12, 0x80000000L),
                Samples.kernel(),
                Samples.rootserver(),
                null,
                null,
                release)));
  }

  @Test
  void aRootserverForAnotherKernelIsRefusedNamingTheFirstDifference() {
    Map<String, Integer> labels = Samples.labels();
    labels.put("CNodeDelete", 17);
    assertEquals(
        "rootserver.elf: is linked for another kernel (16.0.0, EL1, 1 core) than seL4-16.0.0:"
            + " CNodeDelete is 17, must be 5; build it again with -DSEL4_BUILD_DIR=DIR of that"
            + " kernel",
        withRootserver(
            Samples.rootserver(Samples.note(KernelNote.Kind.ROOTSERVER, 1, false, labels))));
    assertEquals(
        "rootserver.elf: is linked for another kernel (16.0.0, EL1, 1 core) than seL4-16.0.0: that"
            + " one has 4 cores; build it again with -DSEL4_BUILD_DIR=DIR of that kernel",
        withBuild(Samples.build(false, 4, false, 12, 0x80000000L)));
    assertEquals(
        "rootserver.elf: is linked for another kernel (16.0.0, EL1, 1 core) than seL4-16.0.0: that"
            + " one runs at EL2; build it again with -DSEL4_BUILD_DIR=DIR of that kernel",
        withBuild(Samples.build(false, 1, true, 12, 0x80000000L)));
    assertEquals(
        "rootserver.elf: is a kernel, not a rootserver",
        withRootserver(
            Samples.rootserver(
                Samples.note(KernelNote.Kind.SIM_KERNEL, 1, false, Samples.labels()))));
    assertEquals(
        "rootserver.elf: .note.cohesix (3 bytes) is not of this version's layout (264 bytes): build"
            + " it again",
        withRootserver(Samples.rootserver(new byte[3])));
  }

  @Test
  void aRootCnodeThatIsTooSmallIsRefusedWithTheSize() {
    assertEquals(
        "kernel seL4-16.0.0: its root CNode has 1024 slots (CONFIG_ROOT_CNODE_SIZE_BITS 10), this"
            + " rootserver needs 1274: configure it with -DKernelRootCNodeSizeBits=11",
        withBuild(Samples.build(false, 1, false, 10, 0x80000000L)));
  }

  @Test
  void whatDoesNotFitTheMemoryIsRefusedWithTheSizeThatWould() {
    assertEquals(
        "no room: kernel and rootserver span 0x40000000 to 0x40244000, the kernel's memory is"
            + " 0x40000000 to 0x40200000: configure the build with -DQEMU_MEMORY=3",
        withBuild(Samples.build(false, 1, false, 12, 0x40200000L)));
    String small = withBuild(Samples.build(false, 1, false, 12, 0x48000000L));
    assertTrue(
        small.startsWith("no room: the image would end at 0x500")
            && small.endsWith(
                "behind the end of memory 0x48000000: configure the build with -DQEMU_MEMORY=257"),
        small);
    TestElf wide = Samples.rootserver();
    wide.load(Samples.USER_VIRT + 0x100000, Samples.USER_VIRT + 0x100000, new byte[1], 250L << 20);
    String slots = withRootserver(wide);
    assertTrue(slots.startsWith("kernel seL4-16.0.0: its root CNode has 4096 slots"), slots);
    String way =
        refusal(
            Samples.parts(
                Samples.build(false, 1, false, 20, 0x80000000L),
                Samples.kernel(),
                wide.load(
                    Samples.USER_VIRT + (254L << 20),
                    Samples.USER_VIRT + (254L << 20),
                    new byte[1],
                    1 << 20),
                null,
                null,
                Samples.MANIFEST));
    assertTrue(way.startsWith("no room: the image would lie at 0x50000000 to "), way);
  }

  @Test
  void aLoaderOfAnotherVersionIsRefused() {
    BootImage.Parts p = Samples.parts();
    Elf other = Samples.loader(new byte[100], 4096).elf("loader.elf");
    assertEquals(
        "loader.elf: has no arm64 image header: build loader.elf again",
        refusal(
            new BootImage.Parts(
                other,
                p.kernel(),
                p.kernelFile(),
                p.build(),
                p.rootserver(),
                p.rootserverFile(),
                null,
                null,
                null,
                p.manifest())));
    Elf odd = Samples.loader(new byte[100], 100).elf("loader.elf");
    assertEquals(
        "loader.elf: is not this version's loader (linked at 0, a whole number of pages): build"
            + " loader.elf again",
        refusal(
            new BootImage.Parts(
                odd,
                p.kernel(),
                p.kernelFile(),
                p.build(),
                p.rootserver(),
                p.rootserverFile(),
                null,
                null,
                null,
                p.manifest())));
  }
}
