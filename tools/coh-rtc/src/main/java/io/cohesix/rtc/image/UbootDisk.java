// The disk that U-Boot boots: one FAT partition with the boot script, the flat image and the manifest.
package io.cohesix.rtc.image;

import java.util.SortedMap;
import java.util.TreeMap;

/** Bytes in, bytes out, the same for the same input. */
final class UbootDisk {
  static final String LABEL = "COHESIX";

  private UbootDisk() {}

  /**
   * A disk.
   *
   * @param imageName the flat image's name on it
   * @param command the command that makes it, for the boot script's sentences
   * @throws ImageException when the image has no device tree: U-Boot's `go` passes none
   */
  static byte[] write(BootImage.Files files, Octets manifest, String imageName, String command) {
    PayloadTable table = files.table();
    if (table.blobs().stream().noneMatch(b -> b.kind() == PayloadTable.Kind.DTB)) {
      throw new ImageException(
          "no device tree: U-Boot's go passes none, so the image must hold it: name it with --dtb (QEMU writes its own:"
              + " qemu-system-aarch64 -machine virt,gic-version=2,dumpdtb=virt.dtb -cpu cortex-a57 -smp 4 -m "
              + table.board().memoryMiB(table.ramEnd()) + ")");
    }
    SortedMap<String, Octets> content = new TreeMap<>();
    content.put(BootScript.FILE, new Octets(BootScript.write(table, imageName, files.image().length(), command)));
    content.put(imageName, files.image());
    content.put(BootImage.MANIFEST, manifest);
    content.put(BootImage.MANIFEST_SUM, files.manifestSha256Line());
    return Mbr.disk(Mbr.Type.FAT32, FatVolume.write(content, new FatVolume.Options(LABEL, 0, Mbr.START)));
  }
}
