// BOOTAA64.EFI: a page of PE32+ header before the flat image, which stays what it is, byte for byte.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes and takes apart UEFI applications. Every section starts at a page, its offset in the file is its address:
 *
 * <pre>
 * offset        section   what                                             firmware maps it
 *      0        -         headers
 *   4096        .text     the loader's code and constants                  to execute
 *   + data      .data     its variables, zeroed memory, stack              to write
 *   + end       .payload  payload table and blobs                          to read
 *   + image     .bss      room for the device tree and the memory map      to write, not in the file
 *   + room      .reloc    one block without an entry: nothing to relocate  discarded
 * </pre>
 *
 * <p>Facts: Microsoft's PE format (sections 3, 4 and 6.6) and UEFI specification 2.10, section 2.1.1. The loader finds its
 * payloads behind itself, wherever it is, so that the header adds nothing that it reads.
 */
final class PeImage {
  /** The loader's symbols. */
  static final String ENTRY_SYMBOL = "efi_entry";

  static final String DATA_SYMBOL = "image_data";

  /** Behind the image, for firmware's map of memory: EFI_MAP_BYTES of payload.h, after its PAYLOAD_SLACK. */
  static final int MAP_BYTES = 0x10000;

  private static final int PAGE = LoadImage.PAGE;
  private static final int HEADER = 0x40;
  private static final int HEADER_AT = 0x3c;
  private static final short DOS_MAGIC = 0x5a4d; // MZ
  private static final int PE_MAGIC = 0x4550; // PE, 0, 0
  private static final short MACHINE_ARM64 = (short) 0xaa64;
  private static final short PE32_PLUS = 0x20b;
  private static final short OPTIONAL_BYTES = 112 + 16 * 8;
  private static final short EXECUTABLE_LARGE_ADDRESSES = 0x22;
  private static final short EFI_APPLICATION = 10;
  private static final short NX_COMPATIBLE = 0x100;
  private static final int DIRECTORIES = 16;
  private static final int CERTIFICATES = 4;
  private static final int RELOCATIONS = 5;
  private static final int EMPTY_BLOCK = 12; // address, size, two fillers

  private static final int CODE = 0x6000_0020; // code; executed, read
  private static final int DATA = 0xc000_0040; // initialised; read, written
  private static final int CONSTANT = 0x4000_0040; // initialised; read
  private static final int ROOM = 0xc000_0080; // not initialised; read, written
  private static final int DISCARDED = 0x4200_0040; // initialised; read, discardable

  private static final int SECTIONS = 5;
  private static final int SECTION_BYTES = 40;
  private static final int SECTIONS_AT = HEADER + 24 + OPTIONAL_BYTES;
  private static final int PAYLOAD_SECTION = 2;

  private PeImage() {}

  /**
   * Puts a header before an image.
   *
   * @param flat what {@link FlatImage#write} made with that loader
   */
  static byte[] write(Elf loader, byte[] flat) {
    int data = symbol(loader, DATA_SYMBOL);
    int entry = symbol(loader, ENTRY_SYMBOL);
    int end = (int) LoadImage.of(loader, false).memSize();
    int image = (int) LoadImage.pageUp(flat.length);
    if (entry >= data || data % PAGE != 0 || data >= end || end >= flat.length) {
      throw new ImageException(loader.file() + ": is not this version's loader: build loader.elf again");
    }
    int room = PAGE + image;
    int relocations = room + FlatImage.SLACK + MAP_BYTES;
    ByteBuffer out = ByteBuffer.allocate(room + PAGE).order(ByteOrder.LITTLE_ENDIAN);
    out.putShort(0, DOS_MAGIC).putInt(HEADER_AT, HEADER).position(HEADER);
    out.putInt(PE_MAGIC).putShort(MACHINE_ARM64).putShort((short) SECTIONS);
    out.putInt(0).putInt(0).putInt(0); // no time stamp, no symbols
    out.putShort(OPTIONAL_BYTES).putShort(EXECUTABLE_LARGE_ADDRESSES);
    out.putShort(PE32_PLUS).putShort((short) 0); // no linker's version
    out.putInt(data).putInt(image - data + PAGE).putInt(relocations - room);
    out.putInt(PAGE + entry).putInt(PAGE);
    out.putLong(0).putInt(PAGE).putInt(PAGE); // base, alignment in memory and in the file
    out.putLong(0).putInt(0).putInt(0); // versions of system, image and subsystem
    out.putInt(relocations + PAGE).putInt(PAGE).putInt(0); // bytes in memory, of headers; no checksum
    out.putShort(EFI_APPLICATION).putShort(NX_COMPATIBLE);
    out.putLong(0).putLong(0).putLong(0).putLong(0); // stack and heap are firmware's to choose
    out.putInt(0).putInt(DIRECTORIES);
    out.putInt(out.position() + RELOCATIONS * 8, relocations);
    out.putInt(out.position() + RELOCATIONS * 8 + 4, EMPTY_BLOCK);
    out.position(SECTIONS_AT);
    section(out, ".text", data, PAGE, data, CODE);
    section(out, ".data", end - data, PAGE + data, end - data, DATA);
    section(out, ".payload", flat.length - end, PAGE + end, image - end, CONSTANT);
    section(out, ".bss", relocations - room, room, 0, ROOM);
    section(out, ".reloc", EMPTY_BLOCK, relocations, PAGE, DISCARDED);
    out.putInt(SECTIONS_AT + (SECTIONS - 1) * SECTION_BYTES + 20, room); // the only one not at its address
    out.put(PAGE, flat);
    out.putInt(room + 4, EMPTY_BLOCK);
    return out.array();
  }

  private static int symbol(Elf loader, String name) {
    return (int)
        loader
            .symbol(name)
            .orElseThrow(
                () ->
                    new ImageException(
                        loader.file() + ": has no symbol " + name + ": it can't start from UEFI; build loader.elf again"))
            .value();
  }

  private static void section(ByteBuffer out, String name, int bytes, int at, int inFile, int kind) {
    out.put(Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), 8));
    out.putInt(bytes).putInt(at).putInt(inFile).putInt(inFile == 0 ? 0 : at);
    out.putLong(0).putInt(0).putInt(kind); // no relocations or line numbers of its own
  }

  /** Does it begin as a program for UEFI does? */
  static boolean looksLike(byte[] file) {
    return file.length >= PAGE && le(file).getShort(0) == DOS_MAGIC;
  }

  /** Has somebody signed it? Whether the signature is good is for firmware to say. */
  static boolean isSigned(byte[] file) {
    return looksLike(file) && le(file).getInt(HEADER + 24 + 112 + CERTIFICATES * 8 + 4) != 0;
  }

  /**
   * The flat image in a UEFI application.
   *
   * @throws ImageException when firmware would not load it, or it is none of ours
   */
  static byte[] flat(byte[] file) {
    ByteBuffer in = le(file);
    if (!looksLike(file) || in.getInt(HEADER_AT) != HEADER || in.getInt(HEADER) != PE_MAGIC) {
      throw new ImageException("not a UEFI application that coh-rtc made: its header is another");
    }
    int machine = in.getShort(HEADER + 4) & 0xffff;
    int subsystem = in.getShort(HEADER + 24 + 68) & 0xffff;
    if (machine != (MACHINE_ARM64 & 0xffff) || subsystem != EFI_APPLICATION) {
      throw new ImageException(
          String.format("UEFI application: machine 0x%04x, subsystem %d; must be 0xaa64 and 10", machine, subsystem));
    }
    if (in.getShort(HEADER + 6) != SECTIONS) {
      throw new ImageException("UEFI application: has other sections than coh-rtc writes");
    }
    int payload = SECTIONS_AT + PAYLOAD_SECTION * SECTION_BYTES;
    long bytes = Integer.toUnsignedLong(in.getInt(payload + 8));
    long at = Integer.toUnsignedLong(in.getInt(payload + 12));
    if (at < PAGE || at + bytes > file.length) {
      throw new ImageException(
          "UEFI application: its payload would end at byte " + (at + bytes) + " of " + file.length + ": it is cut short");
    }
    return Arrays.copyOfRange(file, PAGE, (int) (at + bytes));
  }

  private static ByteBuffer le(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }
}
