// Examines an EFI system partition: what boots is in BOOTAA64.EFI, and the files beside it must be the same.
package io.cohesix.rtc.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What `coh-rtc image aws` wrote, taken apart. */
final class UefiVolume implements Doctor.VolumeKind {
  private final SortedMap<String, Octets> files;
  private final List<String> wrong = new ArrayList<>();

  UefiVolume() {
    this(new TreeMap<>());
  }

  private UefiVolume(SortedMap<String, Octets> files) {
    this.files = files;
  }

  @Override
  public boolean knows(SortedMap<String, Octets> volume) {
    return volume.containsKey(AwsCommand.APPLICATION);
  }

  @Override
  public void examine(SortedMap<String, Octets> volume, Map<String, PayloadTable> images, Examination e) {
    PayloadTable table = images.get(AwsCommand.APPLICATION);
    if (table == null) { // what is wrong with it has been said
      e.stage("nothing is promised: " + AwsCommand.APPLICATION + " is damaged");
      return;
    }
    Octets application = volume.get(AwsCommand.APPLICATION);
    boolean signed = application != null && PeImage.isSigned(application.array());
    wrong(volume, table).forEach(e::wrong);
    e.stage(
        "firmware finds " + AwsCommand.APPLICATION + ", which is "
            + (signed ? "signed: with Secure Boot its key must be known there" : "not signed: Secure Boot must be off"));
    stages(table, Doctor.lacksKeys(table, volume.get(BootImage.MANIFEST), e), e);
  }

  /**
   * What happens from the application's start on.
   *
   * @param halts it holds no keys, and must
   */
  static void stages(PayloadTable t, boolean halts, Examination e) {
    boolean tree = blob(t, PayloadTable.Kind.DTB) != null;
    e.stage("firmware's console: \"loader: cohesix, started by UEFI …\"; it checks each payload's SHA-256");
    e.stage(
        tree
            ? "\"loader: device tree of the firmware …\", else \"… of the image: the firmware has none\""
            : "\"loader: device tree of the firmware …\"; the image carries none, so that firmware must have one");
    e.stage(
        "\"loader: " + LoadImage.hex(t.ramStart()) + " to " + LoadImage.hex(t.ramEnd())
            + " is free; leaving the firmware\": the machine has memory beyond that, for what firmware keeps (QEMU: -m "
            + (t.ramEnd() >> 20) + ")");
    Doctor.loaderOn(t, halts, e);
  }

  /**
   * What does not belong to what boots, one sentence each; empty when all is sound.
   *
   * @param table the application's, whose sums hold
   */
  static List<String> wrong(SortedMap<String, Octets> files, PayloadTable table) {
    UefiVolume v = new UefiVolume(files);
    v.program(AwsCommand.KERNEL, false, blob(table, PayloadTable.Kind.KERNEL));
    v.program(AwsCommand.ROOTSERVER, true, blob(table, PayloadTable.Kind.ROOTSERVER));
    return List.copyOf(v.wrong);
  }

  private static PayloadTable.@Nullable Blob blob(PayloadTable table, PayloadTable.Kind kind) {
    return table.blobs().stream().filter(b -> b.kind() == kind).findFirst().orElse(null);
  }

  /** A program beside the application is the one that the application carries. */
  private void program(String name, boolean pageAligned, PayloadTable.@Nullable Blob carried) {
    Octets file = files.get(name);
    if (file == null || carried == null) {
      wrong.add(file == null ? name + ": is missing: write the disk again" : AwsCommand.APPLICATION + ": carries no " + name);
      return;
    }
    try {
      LoadImage image = LoadImage.of(Elf.read(name, file.array()), pageAligned);
      if (!image.bytes().equals(carried.bytes()) || image.memSize() != carried.memSize()) {
        wrong.add(
            name + ": is not what " + AwsCommand.APPLICATION + " carries and boots: it is of another build; write the disk again");
      }
    } catch (ImageException e) {
      wrong.add(String.valueOf(e.getMessage()));
    }
  }
}
