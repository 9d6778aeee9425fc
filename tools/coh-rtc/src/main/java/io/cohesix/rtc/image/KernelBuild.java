// What the image tool knows about a kernel: read from an upstream seL4 build, or from the
// simulation kernel's own note.
package io.cohesix.rtc.image;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A kernel that an image can carry.
 *
 * @param board the machine that it is compiled for
 * @param name `seL4-16.0.0`, `sim`
 * @param rootCnodeBits the root CNode has 2^this slots
 * @param bootUntypeds at most this many untypeds are given to the root task
 * @param ramStart first byte of the memory map that is compiled in
 * @param ramEnd first byte behind it
 * @param memory all memory that is compiled in, ascending; ramStart and ramEnd are its first range, where everything
 *     is placed
 * @param unverified how it differs from the formally verified configuration of its board; empty: it is that one; null:
 *     its board has none
 * @param physicalBits bits of a physical address that the processor must have, 0: any
 * @param labels the numbers of {@link KernelNote#LABELS}
 * @param notes what a person should know about it, without being refused
 */
record KernelBuild(
    Board board,
    String name,
    boolean sim,
    int nodes,
    boolean hyp,
    boolean debug,
    int rootCnodeBits,
    int bootUntypeds,
    long ramStart,
    long ramEnd,
    List<MemoryRange> memory,
    @Nullable List<String> unverified,
    int physicalBits,
    Map<String, Integer> labels,
    List<String> notes) {
  /** What the simulation kernel is compiled for. */
  static final long SIM_RAM_BYTES = 1024L << 20;

  private static final int SIM_ROOT_CNODE_BITS = 12;
  private static final int SIM_BOOT_UNTYPEDS = 230;

  /** The simulation kernel, from its ELF file; it knows one board. */
  static KernelBuild sim(Elf kernel, Board board) {
    if (kernel.section(KernelNote.SECTION).isEmpty()) {
      throw new ImageException(
          kernel.file()
              + ": is not the simulation kernel: name the seL4 build that it is from with"
              + " --sel4-build DIR");
    }
    KernelNote note = KernelNote.read(kernel);
    if (note.kind() != KernelNote.Kind.SIM_KERNEL) {
      throw new ImageException(kernel.file() + ": is a rootserver, not a kernel");
    }
    if (!board.isVirt()) {
      throw new ImageException(
          kernel.file() + ": the simulation kernel runs on " + Board.QEMU_VIRT.title + " only, not on " + board.title
              + ": name a seL4 build with --sel4-build DIR");
    }
    return new KernelBuild(
        board,
        "sim",
        true,
        note.nodes(),
        note.hyp(),
        note.debug(),
        SIM_ROOT_CNODE_BITS,
        SIM_BOOT_UNTYPEDS,
        board.ramStart,
        board.ramStart + SIM_RAM_BYTES,
        List.of(new MemoryRange(board.ramStart, board.ramStart + SIM_RAM_BYTES)),
        null,
        0,
        note.labels(),
        List.of());
  }
}
