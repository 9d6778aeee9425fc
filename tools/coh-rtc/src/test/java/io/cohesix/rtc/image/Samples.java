// The smallest loader, kernel, rootserver and build that make an image, for tests to vary.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

final class Samples {
  static final long KERNEL_VIRT = 0xffffff8040000000L;
  static final long KERNEL_PHYS = 0x40000000L;
  static final long USER_VIRT = 0x400000L;
  static final int USER_BYTES = 3 * 4096;
  static final String MANIFEST =
      "{\"affinity\":{\"enabled\":false},\"console\":{\"port\":31337},"
          + "\"profile\":{\"name\":\"virt-aarch64\",\"release\":false},"
          + "\"tickets\":[{\"role\":\"queen\"}]}";

  private Samples() {}

  /** Two pages, with the arm64 header. */
  static Elf loader() {
    ByteBuffer code = TestElf.le(5000);
    code.putInt(0x14000010).putInt(0).putLong(0x10000000).putLong(0).putLong(0xa);
    code.putInt(56, 0x644d5241);
    return new TestElf().load(0, 0, TestElf.content(code).array(), 8192).elf("loader.elf");
  }

  static Map<String, Integer> labels() {
    Map<String, Integer> out = new LinkedHashMap<>();
    int next = -8;
    for (String name : KernelNote.LABELS) {
      out.put(name, next++);
    }
    return out;
  }

  static byte[] note(KernelNote.Kind kind, int nodes, boolean hyp, Map<String, Integer> labels) {
    ByteBuffer b = TestElf.le(20 + 40 + 4 * labels.size());
    b.putInt(8)
        .putInt(40 + 4 * labels.size())
        .putInt(1)
        .put("Cohesix\0".getBytes(StandardCharsets.US_ASCII));
    b.putInt(0x41484f43)
        .putInt(1)
        .putInt(kind == KernelNote.Kind.ROOTSERVER ? 1 : 2)
        .putInt(16)
        .putInt(0)
        .putInt(0)
        .putInt(nodes)
        .putInt(hyp ? 1 : 0)
        .putInt(0)
        .putInt(labels.size());
    labels.values().forEach(b::putInt);
    return TestElf.content(b).array();
  }

  static TestElf kernel() {
    return new TestElf()
        .entry(KERNEL_VIRT)
        .load(KERNEL_VIRT, KERNEL_PHYS, new byte[1000], 0x230000)
        .section(KernelNote.SECTION, note(KernelNote.Kind.SIM_KERNEL, 1, false, labels()));
  }

  /** Three pages, with the manifest's hash in the first and coh_provision as the second. */
  static TestElf rootserver(byte[] note) {
    byte[] image = new byte[USER_BYTES];
    byte[] hash =
        Hash.sha256Hex(MANIFEST.getBytes(StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(hash, 0, image, 100, hash.length);
    return new TestElf()
        .entry(USER_VIRT + 8)
        .load(USER_VIRT, USER_VIRT, image, USER_BYTES + 100)
        .section(KernelNote.SECTION, note)
        .symbol("coh_provision", USER_VIRT + 4096, 4096);
  }

  static TestElf rootserver() {
    return rootserver(note(KernelNote.Kind.ROOTSERVER, 1, false, labels()));
  }

  static KernelBuild build(boolean sim, int nodes, boolean hyp, int cnodeBits, long ramEnd) {
    return new KernelBuild(
        Board.QEMU_VIRT,
        sim ? "sim" : "seL4-16.0.0",
        sim,
        nodes,
        hyp,
        false,
        cnodeBits,
        230,
        KERNEL_PHYS,
        ramEnd,
        hyp ? 44 : 0,
        labels(),
        List.of());
  }

  static KernelBuild build() {
    return build(false, 1, false, 12, 0x80000000L);
  }

  static BootImage.Parts parts(
      KernelBuild build,
      TestElf kernel,
      TestElf rootserver,
      byte @Nullable [] dtb,
      byte @Nullable [] provision,
      String manifest) {
    byte[] user = rootserver.bytes();
    byte[] kernelFile = kernel.bytes();
    return new BootImage.Parts(
        loader(),
        Elf.read("kernel.elf", kernelFile),
        new Octets(kernelFile),
        build,
        Elf.read("rootserver.elf", user),
        new Octets(user),
        dtb == null ? null : new Octets(dtb),
        provision == null ? null : new Octets(provision),
        ManifestFacts.read("manifest.json", manifest.getBytes(StandardCharsets.UTF_8)));
  }

  static BootImage.Parts parts() {
    return parts(build(), kernel(), rootserver(), null, null, MANIFEST);
  }
}
