// Takes any artefact apart and says what is in it, what will happen at boot, and what is missing or stale.
package io.cohesix.rtc.image;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tells an artefact by its first bytes: flat image, archive, FAT volume, disk with partitions. */
final class Doctor {
  private static final String NO_KEYS = "holds no keys, and its manifest wants them from outside";

  /** A provisioning blob beside an image, by the name that the documents give it. */
  static final String KEYS = "provision.bin";

  /** Ways to boot from a volume; the first that knows the volume's files examines it. */
  private static final List<VolumeKind> KINDS = List.of(new UefiVolume(), new Pi4Volume(), new UbootVolume());

  private final Examination e;

  private Doctor(Examination e) {
    this.e = e;
  }

  /** A way to boot from the files of a volume. */
  interface VolumeKind {
    /** Is it this way? */
    boolean knows(SortedMap<String, Octets> files);

    /** Says stages and what is wrong; flat images of the volume were examined before. */
    void examine(SortedMap<String, Octets> files, Map<String, PayloadTable> images, Examination e);
  }

  /**
   * Examines an artefact.
   *
   * @param beside files of its folder, by name: a manifest.json there should be its own
   */
  static void examine(byte[] artefact, Map<String, Octets> beside, Examination e) {
    examine(new Artefact(new Octets(artefact), artefact.length), beside, e);
  }

  /** The same for a file of which not all is read. */
  static void examine(Artefact file, Map<String, Octets> beside, Examination e) {
    Doctor d = new Doctor(e);
    byte[] artefact = file.bytes().array();
    if (FlatImage.looksLike(artefact)) {
      e.has("flat image, " + artefact.length + " bytes");
      Optional<PayloadTable> table = d.flat("image", new Octets(artefact));
      table.ifPresent(t -> d.kernelBoot(t, beside));
    } else if (Cpio.looksLike(artefact)) {
      d.archive(artefact);
    } else if (FatReader.looksLike(artefact)) {
      e.has("FAT32 volume without partitions, " + file.size() + " bytes");
      d.volume(artefact, 0);
    } else if (Gpt.looksLike(artefact)) {
      d.espDisk(artefact, file.size());
    } else if (PeImage.looksLike(artefact)) {
      e.has("UEFI application, " + artefact.length + " bytes" + (PeImage.isSigned(artefact) ? ", signed" : ""));
      d.flat("application", new Octets(PeImage.flat(artefact))).ifPresent(
          t -> UefiVolume.stages(t, lacksKeys(t, null, e), e));
    } else if (Mbr.looksLike(artefact)) {
      d.disk(artefact, file.size());
    } else {
      throw new ImageException(
          "is neither a flat image nor an archive, a UEFI application, a FAT32 volume or a partitioned disk of Cohesix");
    }
  }

  private void disk(byte[] disk, long size) {
    e.has("disk with a master boot record, " + size + " bytes");
    for (Mbr.Partition p : Mbr.read(disk)) {
      e.has(
          "partition " + p.number() + ": type 0x" + Integer.toHexString(p.type()) + ", sectors " + p.start() + " to "
              + (p.start() + p.sectors() - 1));
      byte[] content = p.bytes(disk);
      if (FatReader.looksLike(content)) {
        volume(content, p.start());
      } else if (p.type() == Mbr.Type.FAT32.number || p.type() == Mbr.Type.ESP.number) {
        e.wrong("partition " + p.number() + ": holds no FAT32 volume: write the disk again");
      }
    }
  }

  private void espDisk(byte[] disk, long size) {
    e.has("disk with a GUID partition table, " + size + " bytes; its EFI system partition:");
    byte[] content = Gpt.read(disk);
    if (FatReader.looksLike(content)) {
      volume(content, Gpt.START);
    } else {
      e.wrong("the EFI system partition holds no FAT32 volume: write the disk again");
    }
  }

  private void volume(byte[] bytes, long start) {
    FatReader.Contents volume = FatReader.read(bytes);
    e.has("volume " + volume.label() + ":");
    volume.files().forEach((path, content) -> e.has("  " + content.length() + " bytes  " + path));
    if (volume.hiddenSectors() != start) {
      e.note("the volume says that it starts at sector " + volume.hiddenSectors() + ", it starts at " + start);
    }
    // Whoever copies onto FAT by hand may find names in capitals: all that boot from it take both.
    SortedMap<String, Octets> files = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    files.putAll(volume.files());
    Map<String, PayloadTable> images = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    files.forEach((path, content) -> {
      if (FlatImage.looksLike(content.array())) {
        flat(path, content).ifPresent(t -> images.put(path, t));
      } else if (PeImage.looksLike(content.array())) {
        e.check(
            path, () -> flat(path, new Octets(PeImage.flat(content.array()))).ifPresent(t -> images.put(path, t)));
      }
    });
    manifest(files, images);
    FileList.compare(files, e);
    images.forEach((path, table) -> {
      if (lacksKeys(table, files.get(BootImage.MANIFEST), e)) {
        e.wrong(path + ": " + NO_KEYS + ": make them with coh-rtc provision, and write it again with --provision FILE");
      }
    });
    Optional<VolumeKind> kind = KINDS.stream().filter(k -> k.knows(files)).findFirst();
    if (kind.isPresent()) {
      kind.get().examine(files, images, e);
    } else {
      e.wrong("nothing on the volume can be booted: no " + BootScript.FILE + " and no " + AwsCommand.APPLICATION + ": write it again with coh-rtc image");
    }
  }

  /** manifest.json, its sum's line, and what the images embed are one and the same. */
  private void manifest(SortedMap<String, Octets> files, Map<String, PayloadTable> images) {
    Octets json = files.get(BootImage.MANIFEST);
    if (json == null) {
      e.wrong(BootImage.MANIFEST + " is missing: write it again");
      return;
    }
    line(files.get(BootImage.MANIFEST_SUM), json);
    images.forEach((path, table) -> {
      if (!table.manifestSha256().equals(json.sha256())) {
        e.wrong(
            path + ": embeds manifest " + table.manifestSha256().substring(0, 12) + ", " + BootImage.MANIFEST
                + " beside it is "
                + json.sha256().substring(0, 12) + ": they are of two builds, write both again");
      }
    });
  }

  private void line(@Nullable Octets line, Octets json) {
    String wants = json.sha256() + "  " + BootImage.MANIFEST + "\n";
    if (line == null) {
      e.wrong(BootImage.MANIFEST_SUM + " is missing: write it again");
    } else if (!new String(line.array(), StandardCharsets.US_ASCII).equals(wants)) {
      e.wrong(BootImage.MANIFEST_SUM + ": is not the sum of " + BootImage.MANIFEST + " ("
          + json.sha256().substring(0, 12) + "…)");
    }
  }

  private void archive(byte[] archive) {
    SortedMap<String, Octets> files = Cpio.read(archive);
    e.has("system archive (cpio), " + archive.length + " bytes:");
    files.forEach((name, content) -> e.has("  " + content.length() + " bytes  " + name));
    for (String name : List.of("kernel", "rootserver", BootImage.MANIFEST, BootImage.MANIFEST_SUM)) {
      if (!files.containsKey(name)) {
        e.wrong(name + " is missing: make the archive again");
      }
    }
    Octets json = files.get(BootImage.MANIFEST);
    Octets rootserver = files.get("rootserver");
    if (json != null) {
      line(files.get(BootImage.MANIFEST_SUM), json);
      e.embeds(json.sha256());
    }
    if (rootserver != null) {
      e.check(
          "rootserver",
          () -> e.has("rootserver for a kernel " + KernelNote.read(
              Elf.read("rootserver", rootserver.array())).describe()));
      if (json != null && !rootserver.contains(json.sha256().getBytes(StandardCharsets.US_ASCII))) {
        e.wrong("rootserver: was not built from " + BootImage.MANIFEST + " beside it");
      }
    }
    e.note("an archive is not booted: it holds what the images were made of");
  }

  /** One flat image: sums, what is in it, whether its parts fit each other. */
  private Optional<PayloadTable> flat(String name, Octets image) {
    PayloadTable t;
    try {
      t = FlatImage.read(image.array());
    } catch (ImageException x) {
      e.wrong(name + ": " + x.getMessage() + ": the loader would stop with \"loader: halted\"; write it again");
      return Optional.empty();
    }
    Map<String, Object> facts = Outcome.describe(name, image.array(), t);
    facts.put("measurements", Measurements.of(image.array()).json());
    e.image(facts);
    e.embeds(t.manifestSha256());
    byte[] sum = t.manifestSha256().getBytes(StandardCharsets.US_ASCII);
    for (PayloadTable.Blob b : t.blobs()) {
      switch (b.kind()) {
        case ROOTSERVER, MANIFEST -> {
          if (!b.bytes().contains(sum)) {
            e.wrong(name + ": its " + b.kind().label() + " is of another manifest than its table: make it again");
          }
        }
        case DTB ->
            e.check(name, () -> TreeFacts.read(b.bytes().array()).check(t.board(), t.ramStart(), t.ramEnd(),
                t.cores()));
        case PROVISION -> e.note(name + " holds a provisioning blob: it is a secret, treat it as one");
        case SECRET -> e.note(name + " holds the device secret, a fallback for development: whoever has it can unseal its keys");
        case KERNEL, MEMORY -> {}
      }
    }
    if (t.stamp().contains("kernel=sim")) {
      e.note(name + " runs on the simulation kernel, which verifies nothing");
    }
    if (t.stamp().endsWith("-debug")) {
      e.note(name + " has a debug kernel: it prints lines of its own");
    }
    return Optional.of(t);
  }

  private void kernelBoot(PayloadTable t, Map<String, Octets> beside) {
    boolean tree = t.blobs().stream().anyMatch(b -> b.kind() == PayloadTable.Kind.DTB);
    e.stage(
        "start: scripts/qemu-run.sh --image FILE (-machine virt" + (t.el2() ? ",virtualization=on" : "") + ", -m "
            + t.board().memoryMiB(t.ramEnd()) + ", at least " + t.cores() + (t.cores() == 1 ? " core" : " cores") + ")"
            + (tree ? ", U-Boot's booti or go"
                : ", or U-Boot's booti; not its go, which passes no device tree: the image has none"));
    boolean halts = lacksKeys(t, beside.get(BootImage.MANIFEST), e);
    if (halts && beside.containsKey(KEYS)) {
      e.note("the image holds no keys, and " + KEYS + " lies beside it: start it with scripts/qemu-run.sh --provision " + KEYS);
    } else if (halts) {
      e.note("the image: " + NO_KEYS + ": make them with coh-rtc provision, and start it with scripts/qemu-run.sh --provision FILE,"
          + " or put them in with coh-rtc image provision");
    }
    loaderOn(t, halts, e);
    Octets json = beside.get(BootImage.MANIFEST);
    if (json == null) {
      e.note("no " + BootImage.MANIFEST + " beside it: scripts/qemu-run.sh then takes 31337 for the console's port");
    } else if (!json.sha256().equals(t.manifestSha256())) {
      e.wrong(
          BootImage.MANIFEST + " beside it is " + json.sha256().substring(0, 12) + ", the image embeds "
              + t.manifestSha256().substring(0, 12) + ": make them again together");
    } else {
      line(beside.get(BootImage.MANIFEST_SUM), json);
    }
  }

  /**
   * Will the root task halt because the image holds no keys?
   *
   * @param json the manifest beside the image, or null; what the image embeds counts, so another one says nothing
   */
  static boolean lacksKeys(PayloadTable t, @Nullable Octets json, Examination e) {
    if (t.blobs().stream().anyMatch(b -> b.kind() == PayloadTable.Kind.PROVISION)) {
      return false;
    }
    if (t.boot().attestation() != 0) {
      return true;
    }
    Octets own = json != null && json.sha256().equals(t.manifestSha256()) ? json : e.manifest(t.manifestSha256());
    return own != null && ManifestFacts.read(BootImage.MANIFEST, own.array()).release();
  }

  /**
   * The stages from the loader on, which all ways to boot share.
   *
   * @param halts it holds no keys, and must
   */
  static void loaderOn(PayloadTable t, boolean halts, Examination e) {
    e.stage(
        "the loader, on " + t.board().uart + ": \"loader: cohesix " + t.stamp() + " manifest="
            + t.manifestSha256().substring(0, 12) + " el=…->" + (t.el2() ? 2 : 1) + " cores=" + t.cores()
            + "\"; it checks each payload's SHA-256, places kernel, device tree and rootserver"
            + (t.cores() > 1 ? ", starts " + (t.cores() - 1) + " more cores" : ""));
    e.stage(
        "the kernel at EL" + (t.el2() ? 2 : 1)
            + (t.stamp().contains("kernel=sim") ? ": \"sim-kernel: …\"" : t.stamp().endsWith("-debug") ? " speaks"
                : ", silent"));
    e.stage("the root task: \"[kernel:entry] root-task entry reached\" … \"manifest.sha256=" + t.manifestSha256()
        + "\"");
    if (halts) {
      e.stage("without keys it ends here: "
          + (t.boot().attestation() != 0 ? "\"boot halted: attestation: …\""
              : "\"boot halted: provisioning blob missing or not one: make it with coh-rtc provision\""));
      return;
    }
    e.stage("the prompt: \"cohesix> \"");
  }
}
