// Device trees as dtc makes them, and those that a kernel can't run with.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeFactsTest {
  @TempDir Path dir = Path.of("");

  private byte[] dtb(String source) throws Exception {
    Path in = Files.writeString(dir.resolve("t.dts"), "/dts-v1/;\n" + source);
    Path out = dir.resolve("t.dtb");
    Tools.output("dtc", "-q", "-p", "500", "-I", "dts", "-O", "dtb", "-o", out.toString(), in.toString());
    return DeviceTree.trimmed("t.dtb", Files.readAllBytes(out));
  }

  @Test
  void factsAreReadFromWhatDtcMakes() throws Exception {
    TreeFacts wide =
        TreeFacts.read(
            dtb(
                "/ { #address-cells = <2>; #size-cells = <2>; compatible = \"linux,dummy-virt\", \"other\"; chosen { a = \"b\"; };"
                    + " memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x40000000>, <1 0 2 0>; };"
                    + " cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = \"cpu\"; reg = <0>;"
                    + " memory { device_type = \"memory\"; }; }; cpu-map { }; cpu@1 { device_type = \"cpu\"; reg = <1>; }; };"
                    + " pci { device_type = \"pci\"; }; };"));
    assertEquals(
        new TreeFacts(
            List.of("linux,dummy-virt", "other"),
            List.of(new TreeFacts.Range(0x40000000L, 0x80000000L), new TreeFacts.Range(1L << 32, 3L << 32)),
            2),
        wide);
    TreeFacts narrow =
        TreeFacts.read(
            dtb("/ { #address-cells = <1>; #size-cells = <1>; memory@0 { device_type = \"memory\"; reg = <0 0xc0000000>; }; };"));
    assertEquals(new TreeFacts(List.of(""), List.of(new TreeFacts.Range(0, 0xc0000000L)), 0), narrow);
  }

  private static String refusal(String compatible, int memoryMib, int cpus, KernelBuild build) {
    return String.valueOf(
        assertThrows(ImageException.class, () -> TreeFacts.read(Samples.tree(compatible, memoryMib, cpus)).check(build))
            .getMessage());
  }

  @Test
  void treesOfOtherMachinesAreRefused() {
    KernelBuild one = Samples.build();
    TreeFacts.read(Samples.tree("linux,dummy-virt", 1024, 1)).check(one);
    TreeFacts.read(Samples.tree("linux,dummy-virt", 2048, 4)).check(one);
    assertEquals(
        "device tree: is for raspberrypi,4-model-b, QEMU virt has linux,dummy-virt: name the board's own tree with --dtb",
        refusal("raspberrypi,4-model-b", 1024, 1, one));
    assertEquals(
        "device tree: has memory 0x40000000 to 0x60000000, the kernel is built for 0x40000000 to 0x80000000: name the tree of a"
            + " machine with 1024 MiB",
        refusal("linux,dummy-virt", 512, 1, one));
    assertEquals(
        "device tree: has 1 processors, the kernel is built for 4: name the tree of a machine with as many",
        refusal("linux,dummy-virt", 1024, 1, Samples.build(false, 4, false, 12, 0x80000000L)));
  }

  @Test
  void brokenTreesAreRefused() {
    byte[] tree = Samples.tree("linux,dummy-virt", 1024, 1);
    for (int at = 40; at < tree.length; at += 4) {
      byte[] broken = tree.clone();
      broken[at] ^= 0x40;
      try {
        TreeFacts.read(broken);
      } catch (ImageException e) {
        assertEquals("device tree: its structure is broken: dump it again", e.getMessage());
      }
    }
    byte[] cut = java.util.Arrays.copyOf(tree, 100);
    assertThrows(ImageException.class, () -> TreeFacts.read(cut));
  }
}
