// Reads what an image needs of an ELF64 file: load segments, sections by name, symbols by name.
// Tests compare it with readelf.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One little-endian AArch64 ELF64 executable, checked while it is read: no offset is believed
 * before it lies inside the file. Immutable.
 */
public final class Elf {
  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int SECTION_HEADER_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;
  private static final int MACHINE_AARCH64 = 183;
  private static final int PT_LOAD = 1;
  private static final int PF_W = 2;
  private static final int SHT_SYMTAB = 2;
  private static final int SHT_NOBITS = 8;

  /** A load segment; addresses as in the file, sizes in bytes. */
  public record Segment(long offset, long virt, long phys, long fileSize, long memSize, boolean writable) {}

  /** A section; size in bytes. */
  public record Section(String name, int type, long virt, long offset, long size, int link) {}

  /** A symbol's value and size. */
  public record Symbol(String name, long value, long size) {}

  private final String file;
  private final byte[] raw;
  private final ByteBuffer data;
  private final long entry;
  private final List<Segment> segments;
  private final List<Section> sections;

  private Elf(String file, byte[] raw) {
    this.file = file;
    this.raw = raw;
    this.data = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    if (data.limit() < HEADER_BYTES || data.getInt(0) != 0x464c457f) {
      throw bad("is no ELF file");
    }
    if (data.get(4) != 2 || data.get(5) != 1) {
      throw bad("is not 64-bit little-endian");
    }
    int machine = data.getShort(18);
    if (machine != MACHINE_AARCH64) {
      throw bad("is for machine " + machine + ", must be " + MACHINE_AARCH64 + " (AArch64)");
    }
    this.entry = data.getLong(24);
    this.segments = readSegments();
    this.sections = readSections();
  }

  /**
   * Reads a file's bytes.
   *
   * @param file its name for messages
   * @throws ImageException when it is no such ELF file or is cut short
   */
  public static Elf read(String file, byte[] bytes) {
    return new Elf(file, bytes.clone());
  }

  private ImageException bad(String what) {
    return new ImageException(file + ": " + what);
  }

  /** Checks that [offset, offset + size) lies in the file. */
  private int within(long offset, long size, String what) {
    if (offset < 0 || size < 0 || offset > data.limit() || size > data.limit() - offset) {
      throw bad(
          what
              + " at offset "
              + Long.toUnsignedString(offset)
              + " lies outside of its "
              + data.limit()
              + " bytes: the file is cut short");
    }
    return (int) offset;
  }

  private List<Segment> readSegments() {
    int count = Short.toUnsignedInt(data.getShort(56));
    int at =
        within(data.getLong(32), (long) count * PROGRAM_HEADER_BYTES, "the program header table");
    List<Segment> out = new ArrayList<>();
    for (int i = 0; i < count; i++, at += PROGRAM_HEADER_BYTES) {
      if (data.getInt(at) != PT_LOAD) {
        continue;
      }
      Segment s =
          new Segment(
              data.getLong(at + 8),
              data.getLong(at + 16),
              data.getLong(at + 24),
              data.getLong(at + 32),
              data.getLong(at + 40),
              (data.getInt(at + 4) & PF_W) != 0);
      if (s.fileSize != 0) { // else its offset means nothing
        within(s.offset, s.fileSize, "load segment " + i);
      }
      if (Long.compareUnsigned(s.memSize, s.fileSize) < 0) {
        throw bad(
            "load segment "
                + i
                + " has "
                + s.fileSize
                + " bytes in the file and "
                + s.memSize
                + " in memory");
      }
      out.add(s);
    }
    return List.copyOf(out);
  }

  private List<Section> readSections() {
    int count = Short.toUnsignedInt(data.getShort(60));
    int names = Short.toUnsignedInt(data.getShort(62));
    int table =
        within(data.getLong(40), (long) count * SECTION_HEADER_BYTES, "the section header table");
    if (count == 0 || names >= count) {
      return List.of();
    }
    int strings = table + names * SECTION_HEADER_BYTES;
    long namesAt = data.getLong(strings + 24);
    long namesSize = data.getLong(strings + 32);
    within(namesAt, namesSize, "the section names");
    List<Section> out = new ArrayList<>();
    for (int i = 0, at = table; i < count; i++, at += SECTION_HEADER_BYTES) {
      int type = data.getInt(at + 4);
      long offset = data.getLong(at + 24);
      long size = data.getLong(at + 32);
      if (type != SHT_NOBITS) {
        within(offset, size, "section " + i);
      }
      out.add(
          new Section(
              text(namesAt, namesSize, data.getInt(at)),
              type,
              data.getLong(at + 16),
              offset,
              size,
              data.getInt(at + 40)));
    }
    return List.copyOf(out);
  }

  /** The NUL-terminated text at `at` in the string table [table, table + size). */
  private String text(long table, long size, int at) {
    int from = within(table + Integer.toUnsignedLong(at), 0, "a name");
    int end = from;
    while (end < table + size && data.get(end) != 0) {
      end++;
    }
    return new String(raw, from, end - from, StandardCharsets.UTF_8);
  }

  /** Its name for messages. */
  public String file() {
    return file;
  }

  /** The entry point's virtual address. */
  public long entry() {
    return entry;
  }

  /** Load segments in the file's order. */
  public List<Segment> segments() {
    return segments;
  }

  /** Sections in the file's order; empty when it has none. */
  public List<Section> sections() {
    return sections;
  }

  /** A section's bytes; empty when there is no such section or it has no bytes in the file. */
  public Optional<byte[]> section(String name) {
    return sections.stream()
        .filter(s -> s.name.equals(name) && s.type != SHT_NOBITS)
        .findFirst()
        .map(s -> slice(s.offset, s.size));
  }

  /** The segment's bytes in the file. */
  byte[] bytes(Segment s) {
    return s.fileSize == 0 ? new byte[0] : slice(s.offset, s.fileSize);
  }

  private byte[] slice(long offset, long size) {
    return Arrays.copyOfRange(raw, (int) offset, (int) (offset + size));
  }

  /** All named symbols of the symbol table; empty when the file is stripped. */
  public List<Symbol> symbols() {
    List<Symbol> out = new ArrayList<>();
    for (Section s : sections) {
      if (s.type != SHT_SYMTAB || s.link < 0 || s.link >= sections.size()) {
        continue;
      }
      Section names = sections.get(s.link);
      for (long at = s.offset; at + SYMBOL_BYTES <= s.offset + s.size; at += SYMBOL_BYTES) {
        int i = (int) at;
        String name = text(names.offset, names.size, data.getInt(i));
        if (!name.isEmpty()) {
          out.add(new Symbol(name, data.getLong(i + 8), data.getLong(i + 16)));
        }
      }
    }
    return out;
  }

  /** The first symbol of that name. */
  public Optional<Symbol> symbol(String name) {
    return symbols().stream().filter(s -> s.name.equals(name)).findFirst();
  }
}
