// An ELF file's load segments as one contiguous piece of memory with one difference between virtual
// and physical addresses.
package io.cohesix.rtc.image;

import java.util.Comparator;
import java.util.List;

/**
 * What the loader copies for a kernel or a rootserver.
 *
 * @param virt first virtual address
 * @param phys first physical address (as linked; the loader chooses the rootserver's)
 * @param bytes the file's part
 * @param memSize bytes in memory; those behind `bytes` are zero
 * @param entry virtual address of the first instruction
 */
record LoadImage(long virt, long phys, Octets bytes, long memSize, long entry) {
  static final int PAGE = 4096;
  private static final long MAX_BYTES = 256L << 20;

  /**
   * Joins the segments.
   *
   * @param pageAligned starts at the page boundary below the first segment and ends at the one
   *     above the last
   */
  static LoadImage of(Elf elf, boolean pageAligned) {
    List<Elf.Segment> segments =
        elf.segments().stream()
            .filter(s -> s.memSize() > 0)
            .sorted(Comparator.comparing(Elf.Segment::virt, Long::compareUnsigned))
            .toList();
    if (segments.isEmpty()) {
      throw new ImageException(elf.file() + ": has nothing to load");
    }
    Elf.Segment first = segments.get(0);
    long lead = pageAligned ? first.virt() % PAGE : 0;
    long virt = first.virt() - lead;
    long end = virt;
    long fileEnd = virt;
    for (Elf.Segment s : segments) {
      if (Long.compareUnsigned(s.virt(), end) < 0) {
        throw new ImageException(elf.file() + ": load segments overlap at " + hex(s.virt()));
      }
      if (s.phys() - s.virt() != first.phys() - first.virt()) {
        throw new ImageException(
            elf.file()
                + ": segment at "
                + hex(s.virt())
                + " has another distance between virtual and physical address than the first: "
                + "link all segments with one");
      }
      end = s.virt() + s.memSize();
      fileEnd = s.fileSize() > 0 ? s.virt() + s.fileSize() : fileEnd;
    }
    long memSize = end - virt;
    if (memSize < 0 || memSize > MAX_BYTES) {
      throw new ImageException(
          elf.file()
              + ": spans "
              + Long.toUnsignedString(memSize)
              + " bytes, at most "
              + MAX_BYTES);
    }
    byte[] bytes = new byte[(int) (fileEnd - virt)];
    for (Elf.Segment s : segments) {
      byte[] part = elf.bytes(s);
      System.arraycopy(part, 0, bytes, (int) (s.virt() - virt), part.length);
    }
    if (Long.compareUnsigned(elf.entry(), virt) < 0
        || Long.compareUnsigned(elf.entry(), end) >= 0) {
      throw new ImageException(
          elf.file() + ": entry " + hex(elf.entry()) + " lies outside of what is loaded");
    }
    return new LoadImage(
        virt,
        first.phys() - lead,
        new Octets(bytes),
        pageAligned ? pageUp(memSize) : memSize,
        elf.entry());
  }

  static long pageUp(long n) {
    return (n + PAGE - 1) & -PAGE;
  }

  static String hex(long v) {
    return "0x" + Long.toHexString(v);
  }
}
