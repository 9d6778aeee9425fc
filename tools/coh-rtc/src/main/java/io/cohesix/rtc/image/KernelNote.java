// Which kernel ABI a program was linked for: this side reads the ELF note that
// seL4/abi/include/coh_note.h defines.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The note `.note.cohesix`.
 *
 * @param labels value of each of {@link #LABELS}
 */
record KernelNote(
    Kind kind,
    int major,
    int minor,
    int patch,
    int nodes,
    boolean hyp,
    boolean debug,
    Map<String, Integer> labels) {
  enum Kind {
    ROOTSERVER,
    SIM_KERNEL
  }

  static final String SECTION = ".note.cohesix";

  /** In the note's order: COH_NOTE_LABELS of coh_note.h. */
  static final List<String> LABELS =
      List.of(
          "seL4_SysCall",
          "seL4_SysReplyRecv",
          "seL4_SysSend",
          "seL4_SysNBSend",
          "seL4_SysRecv",
          "seL4_SysReply",
          "seL4_SysYield",
          "seL4_SysNBRecv",
          "UntypedRetype",
          "TCBConfigure",
          "TCBSuspend",
          "TCBResume",
          "TCBBindNotification",
          "CNodeDelete",
          "CNodeCopy",
          "CNodeMint",
          "IRQIssueIRQHandler",
          "IRQAckIRQ",
          "IRQSetIRQHandler",
          "ARMPageTableMap",
          "ARMPageMap",
          "ARMPageUnmap",
          "ARMPageClean_Data",
          "ARMPageInvalidate_Data",
          "ARMPageCleanInvalidate_Data",
          "ARMPageUnify_Instruction",
          "ARMPageGetAddress",
          "ARMIRQIssueIRQHandlerTrigger",
          "seL4_TCBObject",
          "seL4_NotificationObject",
          "seL4_CapTableObject",
          "seL4_ARM_SmallPageObject",
          "seL4_ARM_LargePageObject",
          "seL4_ARM_PageTableObject",
          "seL4_TCBBits",
          "seL4_NotificationBits",
          "TCBReadRegisters",
          "TCBWriteRegisters",
          "TCBSetPriority",
          "TCBSetSpace",
          "CNodeRevoke",
          "CNodeMutate",
          "ARMVSpaceClean_Data",
          "ARMVSpaceInvalidate_Data",
          "ARMVSpaceCleanInvalidate_Data",
          "ARMASIDControlMakePool",
          "ARMASIDPoolAssign",
          "seL4_EndpointObject",
          "seL4_ARM_VSpaceObject",
          "seL4_EndpointBits",
          "seL4_VSpaceBits");

  private static final int MAGIC = 0x41484f43;
  private static final int LAYOUT = 1;
  private static final int PREFIX_BYTES = 20;
  private static final int FIXED_BYTES = 40;

  /** Reads a program's note. */
  static KernelNote read(Elf elf) {
    byte[] raw =
        elf.section(SECTION)
            .orElseThrow(
                () ->
                    new ImageException(
                        elf.file()
                            + ": has no section "
                            + SECTION
                            + ": not a program of this project, or linked without"
                            + " COH_NOTE_DEFINE"));
    ByteBuffer in = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    int wants = PREFIX_BYTES + FIXED_BYTES + 4 * LABELS.size();
    if (raw.length < wants
        || in.getInt(PREFIX_BYTES) != MAGIC
        || in.getInt(PREFIX_BYTES + 4) != LAYOUT
        || in.getInt(PREFIX_BYTES + 36) != LABELS.size()) {
      throw new ImageException(
          elf.file()
              + ": "
              + SECTION
              + " ("
              + raw.length
              + " bytes) is not of this version's layout ("
              + wants
              + " bytes): build it again");
    }
    in.position(PREFIX_BYTES + 8);
    int kind = in.getInt();
    if (kind != 1 && kind != 2) {
      throw new ImageException(
          elf.file()
              + ": "
              + SECTION
              + " says kind "
              + kind
              + ", must be 1 (rootserver) or 2 (simulation kernel)");
    }
    int major = in.getInt();
    int minor = in.getInt();
    int patch = in.getInt();
    int nodes = in.getInt();
    boolean hyp = in.getInt() != 0;
    boolean debug = in.getInt() != 0;
    in.getInt();
    Map<String, Integer> labels = new LinkedHashMap<>();
    for (String name : LABELS) {
      labels.put(name, in.getInt());
    }
    return new KernelNote(
        kind == 1 ? Kind.ROOTSERVER : Kind.SIM_KERNEL,
        major,
        minor,
        patch,
        nodes,
        hyp,
        debug,
        labels);
  }

  /** `16.0.0`, or `unknown`. */
  String version() {
    return major == 0 ? "unknown" : major + "." + minor + "." + patch;
  }

  /** `16.0.0, EL1, 1 core`. */
  String describe() {
    return version() + ", EL" + (hyp ? 2 : 1) + ", " + nodes + (nodes == 1 ? " core" : " cores");
  }
}
