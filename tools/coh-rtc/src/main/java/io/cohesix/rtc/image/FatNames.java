// Names on FAT volumes: which are allowed, their short aliases, and the entries that hold long ones.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * A directory entry has 32 bytes and a name of 8 and 3 upper-case characters. A longer name, or one with small letters, lies
 * in entries before it, 13 UTF-16 units each, the last part first; each carries the checksum of the short name.
 */
final class FatNames {
  static final int ENTRY_BYTES = 32;
  static final int SHORT_BYTES = 11;
  static final int LONG_UNITS = 13;
  static final int MAX_NAME = 255;
  static final int ATTRIBUTE_AT = 11;
  static final int ATTRIBUTE_LONG = 0x0f;
  static final int LAST_LONG = 0x40;
  static final int FLAGS_AT = 12;
  private static final int SMALL_STEM = 0x08;
  private static final int SMALL_EXTENSION = 0x10;

  /** Where a long entry's 13 units lie. */
  static final int[] UNITS_AT = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

  private static final String SHORT_EXTRA = "!#$%&'()-@^_`{}~";

  private FatNames() {}

  /** Refuses a path that a FAT volume can't hold or that firmware may read differently. */
  static void check(String path) {
    for (String name : path.split("/", -1)) {
      boolean odd = name.isEmpty() || name.length() > MAX_NAME || name.endsWith(".") || name.endsWith(" ") || name.startsWith(" ");
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        odd |= c < 0x20 || c > 0x7e || "\"*:<>?\\|".indexOf(c) >= 0;
      }
      if (odd) {
        throw new ImageException(
            "FAT volume: '" + path + "' is no name for a file there: each part has 1 to " + MAX_NAME
                + " printable ASCII characters without \" * : < > ? \\ |, and ends in neither a dot nor a space");
      }
    }
  }

  /** Is it a short name as it stands? */
  static boolean isShort(String name) {
    int dot = name.indexOf('.');
    String stem = dot < 0 ? name : name.substring(0, dot);
    String extension = dot < 0 ? "" : name.substring(dot + 1);
    return !stem.isEmpty() && stem.length() <= 8 && extension.length() <= 3 && (dot < 0 || !extension.isEmpty())
        && shortened(stem).equals(stem) && shortened(extension).equals(extension);
  }

  /**
   * The alias of a name in a folder: the name itself in capitals where it fits and is free, else `NAME~1.EXT` and so on.
   *
   * @param taken aliases of the folder, 11 characters each, first of all those of its short names; the new one is added
   */
  static String alias(String name, Set<String> taken) {
    if (isShort(name)) {
      return padded(name);
    }
    String upper = name.toUpperCase(Locale.ROOT);
    int dot = upper.lastIndexOf('.');
    String stem = shortened(dot <= 0 ? upper : upper.substring(0, dot));
    String extension = shortened(dot <= 0 ? "" : upper.substring(dot + 1));
    String ext3 = extension.substring(0, Math.min(3, extension.length()));
    if (isShort(upper) && taken.add(padded(stem, ext3))) {
      return padded(stem, ext3);
    }
    for (int n = 1; n <= 999_999; n++) {
      String tail = "~" + n;
      String short8 = stem.substring(0, Math.min(8 - tail.length(), stem.length())) + tail;
      if (taken.add(padded(short8, ext3))) {
        return padded(short8, ext3);
      }
    }
    throw new ImageException("FAT volume: a folder has too many names like '" + name + "'");
  }

  /** A short name as a directory holds it. */
  static String padded(String shortName) {
    int dot = shortName.indexOf('.');
    return dot < 0 ? padded(shortName, "") : padded(shortName.substring(0, dot), shortName.substring(dot + 1));
  }

  private static String padded(String stem, String extension) {
    return String.format(Locale.ROOT, "%-8s%-3s", stem, extension);
  }

  /** Without what a short name can't have. */
  private static String shortened(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || SHORT_EXTRA.indexOf(c) >= 0) {
        out.append(c);
      } else if (c != '.' && c != ' ') {
        out.append('_');
      }
    }
    return out.toString();
  }

  static int checksum(byte[] shortName) {
    int sum = 0;
    for (byte b : shortName) {
      sum = (((sum & 1) << 7) + (sum >> 1) + (b & 0xff)) & 0xff;
    }
    return sum;
  }

  /** The entries that hold a long name, in their order on the volume. */
  static byte[] longEntries(String name, byte[] shortName) {
    int count = (name.length() + LONG_UNITS - 1) / LONG_UNITS;
    ByteBuffer out = ByteBuffer.allocate(count * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      int number = count - i;
      int at = i * ENTRY_BYTES;
      out.put(at, (byte) (i == 0 ? number | LAST_LONG : number));
      out.put(at + ATTRIBUTE_AT, (byte) ATTRIBUTE_LONG);
      out.put(at + 13, (byte) checksum(shortName));
      for (int u = 0; u < LONG_UNITS; u++) {
        int from = (number - 1) * LONG_UNITS + u;
        int unit = from < name.length() ? name.charAt(from) : from == name.length() ? 0 : 0xffff;
        out.putShort(at + UNITS_AT[u], (short) unit);
      }
    }
    return out.array();
  }

  /**
   * A short name as people write it: `NAME.EXT`.
   *
   * @param flags the entry's byte 12, in which other writers note small letters
   */
  static String shown(byte[] shortName, int flags) {
    String text = new String(shortName, StandardCharsets.US_ASCII);
    String stem = text.substring(0, 8).stripTrailing();
    String extension = text.substring(8).stripTrailing();
    stem = (flags & SMALL_STEM) != 0 ? stem.toLowerCase(Locale.ROOT) : stem;
    extension = (flags & SMALL_EXTENSION) != 0 ? extension.toLowerCase(Locale.ROOT) : extension;
    return extension.isEmpty() ? stem : stem + "." + extension;
  }
}
