// Examines an EFI system partition: what boots is in BOOTAA64.EFI, and the files beside it must be the same.
package io.cohesix.rtc.image;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What `coh-rtc image aws` wrote, taken apart. */
final class UefiVolume {
  private final SortedMap<String, Octets> files;
  private final List<String> wrong = new ArrayList<>();

  private UefiVolume(SortedMap<String, Octets> files) {
    this.files = files;
  }

  /** Is it a volume that UEFI firmware boots? */
  static boolean knows(SortedMap<String, Octets> files) {
    return files.containsKey(AwsCommand.APPLICATION);
  }

  /**
   * The flat image in a volume's application.
   *
   * @throws ImageException when there is none, or firmware would not load it
   */
  static byte[] flat(SortedMap<String, Octets> files) {
    Octets application = files.get(AwsCommand.APPLICATION);
    if (application == null) {
      throw new ImageException(AwsCommand.APPLICATION + ": is missing: write the disk again");
    }
    try {
      return PeImage.flat(application.array());
    } catch (ImageException e) {
      throw new ImageException(AwsCommand.APPLICATION + ": " + e.getMessage(), e);
    }
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
