// The system archive: CPIO newc, sorted, without times, owners or this machine's inode numbers.
package io.cohesix.rtc.image;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

final class Cpio {
  private static final int BLOCK_BYTES = 512;

  private Cpio() {}

  static byte[] write(SortedMap<String, byte[]> files) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioArchiveOutputStream out =
        new CpioArchiveOutputStream(
            bytes, CpioConstants.FORMAT_NEW, BLOCK_BYTES, StandardCharsets.US_ASCII.name())) {
      int inode = 1;
      for (Map.Entry<String, byte[]> f : files.entrySet()) {
        CpioArchiveEntry e =
            new CpioArchiveEntry(CpioConstants.FORMAT_NEW, f.getKey(), f.getValue().length);
        e.setMode(CpioConstants.C_ISREG | 0444L);
        e.setTime(0);
        e.setInode(inode++);
        e.setNumberOfLinks(1);
        out.putArchiveEntry(e);
        out.write(f.getValue());
        out.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /** Does it begin as an archive of this form does? */
  static boolean looksLike(byte[] file) {
    return file.length > 6 && new String(file, 0, 6, StandardCharsets.US_ASCII).equals("070701");
  }

  /**
   * The files of an archive.
   *
   * @throws ImageException when it is cut short or broken
   */
  static SortedMap<String, Octets> read(byte[] archive) {
    SortedMap<String, Octets> out = new TreeMap<>();
    try (CpioArchiveInputStream in = new CpioArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        byte[] content = in.readAllBytes();
        if (content.length != e.getSize()) {
          throw new ImageException("archive: " + e.getName() + " has " + content.length + " bytes, must have "
              + e.getSize());
        }
        out.put(e.getName(), new Octets(content));
      }
    } catch (IOException | IllegalArgumentException e) {
      String why = e.getMessage() == null ? "it ends inside a file" : e.getMessage();
      throw new ImageException("archive: can't be read to its end (" + why + "): it is cut short or damaged", e);
    }
    return out;
  }
}
