// Puts loader, kernel, rootserver, device tree and provisioning together, after checking that they can boot together.
package io.cohesix.rtc.image;

import static io.cohesix.rtc.image.LoadImage.hex;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An image without its files: bytes in, bytes out, the same for the same input. The build names the board. */
final class BootImage {
  static final String VERSION = "0.1.0";

  /** The resolved manifest as files beside or in an artefact have it, and the file with its sum. */
  static final String MANIFEST = "manifest.json";

  static final String MANIFEST_SUM = "manifest.sha256";

  /** The rootserver's page for the provisioning blob. */
  static final String PROVISION_SYMBOL = "coh_provision";

  /** The rootserver's page for the measurement record. */
  static final String EVIDENCE_SYMBOL = "coh_evidence";

  static final int PROVISION_MAX = LoadImage.PAGE;

  /**
   * Slots that the root task needs besides its image and the untypeds: objects, frames, paging
   * structures.
   */
  static final int OWN_SLOTS = 1024;

  static final int SECRET_BYTES = 32;

  private static final int INITIAL_SLOTS = 16;

  /** QEMU's own tree, trimmed, is about 8 KiB. */
  private static final long DTB_ROOM = 64 << 10;

  private static final long MIB = 1L << 20;

  /** What goes in. The device tree and the provisioning blob may be missing. */
  record Parts(
      Elf loader,
      Elf kernel,
      Octets kernelFile,
      KernelBuild build,
      Elf rootserver,
      Octets rootserverFile,
      @Nullable Octets dtb,
      @Nullable Octets provision,
      @Nullable Octets secret,
      ManifestFacts manifest) {
    /** Does the image hold what is its owner's alone? */
    boolean secrets() {
      return provision != null || secret != null;
    }
  }

  private final Parts p;
  private final LoadImage kernel;
  private final LoadImage rootserver;

  private BootImage(Parts parts) {
    this.p = parts;
    this.kernel = LoadImage.of(parts.kernel, false);
    this.rootserver = LoadImage.of(parts.rootserver, true);
  }

  /** The files of an image. */
  record Files(
      Octets image,
      Octets cpio,
      Octets manifestSha256Line,
      PayloadTable table,
      List<String> notes) {}

  /**
   * Makes the image.
   *
   * @throws ImageException when the parts can't boot together
   */
  static Files make(Parts parts) {
    return new BootImage(parts).make();
  }

  private Files make() {
    checkManifest();
    checkAbi();
    checkCnode();
    if (p.dtb != null) {
      TreeFacts.read(p.dtb.array()).check(p.build);
    }
    long provisionVirt = provisionAddress();
    PayloadTable table =
        new PayloadTable(
            p.build.board(),
            p.build.hyp(),
            p.build.ramStart(),
            p.build.ramEnd(),
            kernel.entry(),
            rootserver.entry(),
            provisionVirt,
            p.build.nodes(),
            p.build.physicalBits(),
            p.manifest.sha256(),
            stamp(),
            boot(),
            blobs());
    byte[] image = FlatImage.write(p.loader, table);
    checkRoom(image);
    byte[] line = (p.manifest.sha256() + "  " + MANIFEST + "\n").getBytes(StandardCharsets.US_ASCII);
    SortedMap<String, byte[]> files =
        new TreeMap<>(
            Map.of(
                "kernel",
                p.kernelFile.array(),
                "rootserver",
                p.rootserverFile.array(),
                MANIFEST,
                p.manifest.json().array(),
                MANIFEST_SUM,
                line));
    if (p.dtb != null) {
      files.put("kernel.dtb", p.dtb.array());
    }
    return new Files(new Octets(image), new Octets(Cpio.write(files)), new Octets(line), table, notes());
  }

  private String stamp() {
    String config =
        p.build.unverified() == null ? "" : p.build.unverified().isEmpty() ? " config=verified" : " config=unverified";
    return VERSION + " kernel=" + p.build.name() + (p.build.debug() ? "-debug" : "") + config;
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>(p.build.notes());
    if (p.secret != null) {
      notes.add(
          "the image holds the device secret, a fallback for development: whoever has the image can"
              + " unseal its keys");
    }
    if (p.manifest.attestation() != 0 && p.provision == null) {
      notes.add(
          "the image holds no keys and halts before tickets: seal them to measurements.json with"
              + " coh-rtc provision --seal, and make it again with --provision");
    } else if (p.manifest.release() && p.provision == null) {
      notes.add(
          "the image holds no keys, and a release halts without them: make them with coh-rtc provision"
              + " MANIFEST -o FILE, and make it again with --provision FILE");
    } else if (p.provision != null && p.manifest.attestation() != 0) {
      notes.add("the image's keys are sealed to its measurement");
    } else if (p.provision != null) {
      notes.add("the image holds the provisioning blob: it is a secret, treat it as one");
    } else if (!p.manifest.release() && p.manifest.tickets()) {
      notes.add(
          "the image holds the ticket keys of a development manifest: whoever has it can mint"
              + " tickets");
    }
    return notes;
  }

  private void checkManifest() {
    Board board = p.build.board();
    if (!board.takes(p.manifest.profile())) {
      throw new ImageException(
          "manifest: profile.name is \""
              + p.manifest.profile()
              + "\", an image for "
              + board.title
              + " needs \""
              + board.profile
              + "\"");
    }
    if (p.manifest.release() && p.build.sim()) {
      throw new ImageException(
          "manifest: profile.release is true and the kernel is the simulation kernel, which"
              + " protects nothing: name a seL4 build with --sel4-build DIR");
    }
    if (p.manifest.cores() > p.build.nodes()) {
      throw new ImageException(
          "kernel "
              + p.build.name()
              + ": has "
              + cores(p.build.nodes())
              + ", "
              + p.manifest.highest()
              + " names core "
              + (p.manifest.cores() - 1)
              + ": configure the build with -DKernelMaxNumNodes="
              + p.manifest.cores()
              + ", or change affinity");
    }
    if (p.manifest.cores() != 0 && p.manifest.cores() < p.build.nodes()) {
      throw new ImageException(
          "kernel "
              + p.build.name()
              + ": has "
              + cores(p.build.nodes())
              + ", the manifest's affinity section names "
              + cores(p.manifest.cores())
              + ": configure the build with -DKernelMaxNumNodes="
              + p.manifest.cores()
              + ", or change affinity");
    }
    byte[] text = p.manifest.sha256().getBytes(StandardCharsets.US_ASCII);
    if (!p.rootserverFile.contains(text)) {
      throw new ImageException(
          p.rootserver.file()
              + ": was not built from this manifest (SHA-256 "
              + p.manifest.sha256()
              + " is not in it): run coh-rtc compile and build it again");
    }
  }

  private static String cores(int n) {
    return n + (n == 1 ? " core" : " cores");
  }

  private void checkAbi() {
    KernelNote note = KernelNote.read(p.rootserver);
    String linked =
        p.rootserver.file()
            + ": is linked for another kernel ("
            + note.describe()
            + ") than "
            + p.build.name()
            + ": ";
    String again =
        "; build it again with -DSEL4_BUILD_DIR=" + (p.build.sim() ? "" : "DIR of that kernel");
    if (note.kind() != KernelNote.Kind.ROOTSERVER) {
      throw new ImageException(p.rootserver.file() + ": is a kernel, not a rootserver");
    }
    for (String name : KernelNote.LABELS) {
      int has = note.labels().getOrDefault(name, 0);
      int wants = p.build.labels().getOrDefault(name, 0);
      if (has != wants) {
        throw new ImageException(linked + name + " is " + has + ", must be " + wants + again);
      }
    }
    if (note.nodes() != p.build.nodes()) {
      throw new ImageException(linked + "that one has " + cores(p.build.nodes()) + again);
    }
    if (note.hyp() != p.build.hyp()) {
      throw new ImageException(linked + "that one runs at EL" + (p.build.hyp() ? 2 : 1) + again);
    }
  }

  private void checkCnode() {
    long needs =
        INITIAL_SLOTS
            + rootserver.memSize() / LoadImage.PAGE
            + p.build.board().roundingPages
            + p.build.bootUntypeds()
            + OWN_SLOTS;
    int bits = 64 - Long.numberOfLeadingZeros(needs - 1);
    if (p.build.rootCnodeBits() < bits) {
      throw new ImageException(
          "kernel "
              + p.build.name()
              + ": its root CNode has "
              + (1L << p.build.rootCnodeBits())
              + " slots (CONFIG_ROOT_CNODE_SIZE_BITS "
              + p.build.rootCnodeBits()
              + "), this rootserver needs "
              + needs
              + ": configure it with -DKernelRootCNodeSizeBits="
              + bits);
    }
  }

  /** Where keys go, also in an image that holds none yet: `image provision` needs it. 0: nowhere. */
  private long provisionAddress() {
    if (p.provision != null && p.provision.length() > PROVISION_MAX) {
      throw new ImageException(
          "provisioning blob: has " + p.provision.length() + " bytes, at most " + PROVISION_MAX);
    }
    if (p.provision == null && p.rootserver.symbol(PROVISION_SYMBOL).isEmpty()) {
      return 0;
    }
    return page(PROVISION_SYMBOL);
  }

  /** The address of a page of the rootserver that the loader fills. */
  private long page(String symbol) {
    Elf.Symbol s =
        p.rootserver
            .symbol(symbol)
            .orElseThrow(
                () ->
                    new ImageException(
                        p.rootserver.file()
                            + ": has no symbol "
                            + symbol
                            + ": it is another version's, or stripped: build it again"));
    if (s.value() % LoadImage.PAGE != 0
        || (s.size() != 0 && s.size() < PROVISION_MAX) // a linker script's symbol has none
        || s.value() < rootserver.virt()
        || s.value() + PROVISION_MAX > rootserver.virt() + rootserver.memSize()) {
      throw new ImageException(
          p.rootserver.file()
              + ": "
              + symbol
              + " at "
              + hex(s.value())
              + " with "
              + s.size()
              + " bytes, must be one aligned page of "
              + PROVISION_MAX
              + " bytes");
    }
    return s.value();
  }

  private PayloadTable.Boot boot() {
    if (p.secret != null && p.secret.length() != SECRET_BYTES) {
      throw new ImageException(
          "device secret: has "
              + p.secret.length()
              + " bytes, must have "
              + SECRET_BYTES
              + ": make one with head -c 32 /dev/urandom");
    }
    if (p.secret != null && p.manifest.attestation() != Measurements.DICE) {
      throw new ImageException(
          "device secret: the manifest's hw.attestation does not use one: leave --device-secret out,"
              + " or set enabled = true and kind = \"dice\"");
    }
    return new PayloadTable.Boot(
        p.manifest.attestation(),
        p.manifest.attestation() == 0 && p.rootserver.symbol(EVIDENCE_SYMBOL).isEmpty() ? 0 : page(EVIDENCE_SYMBOL),
        loaderSymbol("image_measured"),
        loaderSymbol("image_measured_end"));
  }

  private int loaderSymbol(String name) {
    return p.loader
        .symbol(name)
        .map(s -> (int) s.value())
        .orElseThrow(
            () ->
                new ImageException(
                    p.loader.file()
                        + ": has no symbol "
                        + name
                        + ": it is another version's loader, or stripped: build loader.elf again"));
  }

  private List<PayloadTable.Blob> blobs() {
    List<PayloadTable.Blob> out = new ArrayList<>();
    out.add(
        new PayloadTable.Blob(
            PayloadTable.Kind.KERNEL,
            kernel.phys(),
            kernel.virt(),
            kernel.memSize(),
            kernel.bytes()));
    out.add(
        new PayloadTable.Blob(
            PayloadTable.Kind.ROOTSERVER,
            0,
            rootserver.virt(),
            rootserver.memSize(),
            rootserver.bytes()));
    if (p.dtb != null) {
      out.add(blob(PayloadTable.Kind.DTB, p.dtb));
    }
    if (p.provision != null) {
      out.add(blob(PayloadTable.Kind.PROVISION, p.provision));
    }
    if (p.secret != null) {
      out.add(blob(PayloadTable.Kind.SECRET, p.secret));
    }
    if (p.build.board() == Board.BCM2711) {
      out.add(blob(PayloadTable.Kind.MEMORY, MemoryRange.write(p.build.memory())));
    }
    out.add(
        blob(
            PayloadTable.Kind.MANIFEST,
            new Octets(p.manifest.sha256().getBytes(StandardCharsets.US_ASCII))));
    return out;
  }

  private static PayloadTable.Blob blob(PayloadTable.Kind kind, Octets bytes) {
    return new PayloadTable.Blob(kind, 0, 0, bytes.length(), bytes);
  }

  /**
   * What the loader would find out only when it boots: everything fits the memory that the kernel
   * was compiled for.
   */
  private void checkRoom(byte[] image) {
    long kernelEnd = LoadImage.pageUp(kernel.phys() + kernel.memSize());
    long userEnd = kernelEnd + DTB_ROOM + rootserver.memSize();
    if (kernel.phys() < p.build.ramStart() || userEnd > p.build.ramEnd()) {
      throw new ImageException(
          "no room: kernel and rootserver span "
              + hex(kernel.phys())
              + " to "
              + hex(userEnd)
              + ", the kernel's memory is "
              + hex(p.build.ramStart())
              + " to "
              + hex(p.build.ramEnd())
              + ": configure the build with -D" + p.build.board().memoryOption + "="
              + ((userEnd - p.build.board().ramStart) / MIB + 1));
    }
    long at = p.build.board().ramStart + FlatImage.textOffset(image);
    long end = at + image.length + FlatImage.SLACK;
    if (at < userEnd && kernel.phys() < end) {
      throw new ImageException(
          "no room: the image would lie at "
              + hex(at)
              + " to "
              + hex(end)
              + ", in the way of kernel and rootserver ("
              + hex(kernel.phys())
              + " to "
              + hex(userEnd)
              + "): the board's table names another image offset, or the kernel is too large for it");
    }
    if (end > p.build.ramEnd()) {
      throw new ImageException(
          "no room: the image would end at "
              + hex(end)
              + ", behind the end of memory "
              + hex(p.build.ramEnd())
              + ": configure the build with -D" + p.build.board().memoryOption + "="
              + ((end - p.build.board().ramStart) / MIB + 1));
    }
  }
}
