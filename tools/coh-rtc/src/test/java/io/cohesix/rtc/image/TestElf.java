// Writes small ELF files for tests: segments, sections by name, symbols.
package io.cohesix.rtc.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A builder; the file has program headers, then contents, then section headers. */
final class TestElf {
  private record Load(long virt, long phys, Octets bytes, long memSize) {}

  private record Part(String name, int type, Octets bytes) {}

  private record Sym(String name, long value, long size) {}

  private final List<Load> loads = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final List<Sym> symbols = new ArrayList<>();
  private long entry;

  TestElf entry(long virt) {
    entry = virt;
    return this;
  }

  TestElf load(long virt, long phys, byte[] bytes, long memSize) {
    loads.add(new Load(virt, phys, new Octets(bytes), memSize));
    return this;
  }

  TestElf section(String name, byte[] bytes) {
    parts.add(new Part(name, 1, new Octets(bytes)));
    return this;
  }

  TestElf symbol(String name, long value, long size) {
    symbols.add(new Sym(name, value, size));
    return this;
  }

  byte[] bytes() {
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    names.write(0);
    ByteBuffer table = le(24 * (symbols.size() + 1));
    table.position(24);
    for (Sym s : symbols) {
      table.putInt(names.size()).putInt(0).putLong(s.value).putLong(s.size);
      names.writeBytes((s.name + "\0").getBytes(StandardCharsets.UTF_8));
    }
    List<Part> all = new ArrayList<>(parts);
    all.add(new Part(".symtab", 2, content(table)));
    all.add(new Part(".strtab", 3, new Octets(names.toByteArray())));
    ByteArrayOutputStream sectionNames = new ByteArrayOutputStream();
    sectionNames.write(0);
    List<Integer> nameAt = new ArrayList<>();
    for (Part p : all) {
      nameAt.add(sectionNames.size());
      sectionNames.writeBytes((p.name + "\0").getBytes(StandardCharsets.UTF_8));
    }
    nameAt.add(sectionNames.size());
    sectionNames.writeBytes(".shstrtab\0".getBytes(StandardCharsets.UTF_8));
    all.add(new Part(".shstrtab", 3, new Octets(sectionNames.toByteArray())));

    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int base = 64 + 56 * loads.size();
    ByteBuffer programs = le(56 * loads.size());
    for (Load l : loads) {
      programs
          .putInt(1)
          .putInt(7)
          .putLong(base + body.size())
          .putLong(l.virt)
          .putLong(l.phys)
          .putLong(l.bytes.length())
          .putLong(l.memSize)
          .putLong(1);
      body.writeBytes(l.bytes.array());
    }
    ByteBuffer sections = le(64 * (all.size() + 1));
    sections.position(64);
    for (int i = 0; i < all.size(); i++) {
      Part p = all.get(i);
      int link = p.type == 2 ? all.size() - 1 : 0; // the section behind it: .strtab
      sections
          .putInt(nameAt.get(i))
          .putInt(p.type)
          .putLong(0)
          .putLong(0)
          .putLong(base + body.size())
          .putLong(p.bytes.length())
          .putInt(link)
          .putInt(0)
          .putLong(1)
          .putLong(p.type == 2 ? 24 : 0);
      body.writeBytes(p.bytes.array());
    }
    ByteBuffer out = le(base + body.size() + sections.capacity());
    out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    out.putShort((short) 2)
        .putShort((short) 183)
        .putInt(1)
        .putLong(entry)
        .putLong(64)
        .putLong(base + body.size())
        .putInt(0);
    out.putShort((short) 64)
        .putShort((short) 56)
        .putShort((short) loads.size())
        .putShort((short) 64)
        .putShort((short) (all.size() + 1))
        .putShort((short) all.size());
    out.put(content(programs).array()).put(body.toByteArray()).put(content(sections).array());
    return content(out).array();
  }

  Elf elf(String file) {
    return Elf.read(file, bytes());
  }

  /** A whole buffer's bytes. */
  static Octets content(ByteBuffer b) {
    byte[] all = new byte[b.capacity()];
    b.get(0, all);
    return new Octets(all);
  }

  static ByteBuffer le(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
