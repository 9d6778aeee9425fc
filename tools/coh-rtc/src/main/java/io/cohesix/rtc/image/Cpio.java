// The system archive: CPIO newc, sorted, without times, owners or this machine's inode numbers.
package io.cohesix.rtc.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
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
}
