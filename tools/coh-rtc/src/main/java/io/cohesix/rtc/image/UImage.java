// U-Boot's legacy image header around a script: what mkimage -T script writes, to the byte.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * 64 bytes, big-endian: magic, CRC of the header with this field zero, time, size, load and entry address, CRC of the data, then
 * system, architecture, type, compression, a name of 32 bytes. A script's data begin with its length and a zero word.
 */
final class UImage {
  static final int HEADER_BYTES = 64;
  static final int NAME_BYTES = 32;
  private static final int MAGIC = 0x2705_1956;
  private static final int LINUX = 5;
  private static final int ARM64 = 22;
  private static final int SCRIPT = 6;
  private static final int TABLE_BYTES = 8;

  /** A script as it is found in its file. */
  record Script(String name, String text) {}

  private UImage() {}

  /**
   * A script's file, without a time.
   *
   * @param name shown when it is run, at most 32 ASCII characters
   * @param text commands, one a line, ASCII
   */
  static byte[] script(String name, String text) {
    byte[] title = name.getBytes(StandardCharsets.US_ASCII);
    byte[] commands = text.getBytes(StandardCharsets.US_ASCII);
    if (title.length > NAME_BYTES) {
      throw new IllegalArgumentException("name of " + title.length + " bytes");
    }
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + TABLE_BYTES + commands.length);
    out.position(HEADER_BYTES);
    out.putInt(commands.length).putInt(0).put(commands);
    out.putInt(0, MAGIC).putInt(12, out.capacity() - HEADER_BYTES);
    out.putInt(24, crc(out.array(), HEADER_BYTES, out.capacity()));
    out.put(28, new byte[] {LINUX, ARM64, SCRIPT, 0}).put(32, title);
    out.putInt(4, crc(out.array(), 0, HEADER_BYTES));
    return out.array();
  }

  /**
   * Takes a script's file apart.
   *
   * @throws ImageException when U-Boot would refuse it
   */
  static Script readScript(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    if (file.length < HEADER_BYTES + TABLE_BYTES || in.getInt(0) != MAGIC) {
      throw new ImageException("is no U-Boot image: its header is missing");
    }
    byte[] header = Arrays.copyOf(file, HEADER_BYTES);
    ByteBuffer.wrap(header).putInt(4, 0);
    long size = Integer.toUnsignedLong(in.getInt(12));
    if (crc(header, 0, HEADER_BYTES) != in.getInt(4)) {
      throw new ImageException("its header's CRC is wrong: it is damaged");
    }
    if (size != file.length - HEADER_BYTES || crc(file, HEADER_BYTES, file.length) != in.getInt(24)) {
      throw new ImageException(
          String.format(
              Locale.ROOT, "its header names %d bytes with another CRC, it has %d: it is damaged", size,
              file.length - HEADER_BYTES));
    }
    if (in.get(30) != SCRIPT || in.getInt(HEADER_BYTES) != size - TABLE_BYTES) {
      throw new ImageException("is no script of one part");
    }
    String name = new String(header, 32, NAME_BYTES, StandardCharsets.US_ASCII);
    int end = name.indexOf('\0');
    String text = new String(file, HEADER_BYTES + TABLE_BYTES, (int) size - TABLE_BYTES, StandardCharsets.US_ASCII);
    return new Script(end < 0 ? name : name.substring(0, end), text);
  }

  private static int crc(byte[] data, int from, int to) {
    CRC32 crc = new CRC32();
    crc.update(data, from, to - from);
    return (int) crc.getValue();
  }
}
