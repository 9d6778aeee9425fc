// The payload table behind the loader: this side writes and shows what seL4/loader/payload.h
// defines and the loader reads.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The table's fields, and the blobs that they describe. Layout: seL4/loader/payload.h. */
record PayloadTable(
    Board board,
    boolean el2,
    long ramStart,
    long ramEnd,
    long kernelEntry,
    long userEntry,
    long provisionVirt,
    int cores,
    int physicalBits,
    String manifestSha256,
    String stamp,
    Boot boot,
    List<Blob> blobs) {
  static final int MAGIC = 0x50484f43;
  static final int LAYOUT = 2;
  static final int MAX_ENTRIES = 8;
  static final int BYTES = 856;
  static final int HASH_AT = 168;
  static final int ENTRIES_AT = 216;
  static final int BOOT_AT = 200;
  static final int ATTESTATION_SHIFT = 16;
  static final int ATTESTATION_MASK = 3;
  static final int ENTRY_BYTES = 80;
  static final int STAMP_BYTES = 64;
  static final int BOARD_SHIFT = 8;

  /** What a blob is; the number is in the image. */
  enum Kind {
    KERNEL(1),
    ROOTSERVER(2),
    DTB(3),
    PROVISION(4),
    MANIFEST(5),
    MEMORY(6),
    SECRET(7);

    final int number;

    Kind(int number) {
      this.number = number;
    }

    /** As sentences name it. */
    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Kind of(int number) {
      for (Kind k : values()) {
        if (k.number == number) {
          return k;
        }
      }
      throw new ImageException(
          "payload kind " + number + " is unknown: the image was made by another version");
    }
  }

  /**
   * What measured boot needs.
   *
   * @param attestation the kind's number, in the order of the manifest's choices
   * @param evidenceVirt virtual address of the rootserver's coh_evidence page; 0: none
   * @param selfStart first byte of the loader that is measured, from its start
   * @param selfEnd first byte behind
   */
  record Boot(int attestation, long evidenceVirt, int selfStart, int selfEnd) {}

  /** One payload: its bytes in the file, what they become in memory. */
  record Blob(Kind kind, long phys, long virt, long memSize, Octets bytes) {}

  /**
   * The table as it is measured: the same whether or not there are a provisioning blob and a device
   * secret, and wherever blobs lie.
   */
  byte[] measured() {
    List<Blob> kept =
        blobs.stream().filter(b -> b.kind != Kind.PROVISION && b.kind != Kind.SECRET).toList();
    PayloadTable t =
        new PayloadTable(
            board,
            el2,
            ramStart,
            ramEnd,
            kernelEntry,
            userEntry,
            0,
            cores,
            physicalBits,
            manifestSha256,
            stamp,
            boot,
            kept);
    ByteBuffer out = ByteBuffer.wrap(Arrays.copyOf(t.write(), BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(16, 0);
    Arrays.fill(out.array(), HASH_AT, HASH_AT + 32, (byte) 0);
    for (int i = 0; i < kept.size(); i++) {
      out.putLong(ENTRIES_AT + i * ENTRY_BYTES + 8, 0);
    }
    return out.array();
  }

  /** The same for other blobs. */
  PayloadTable withBlobs(List<Blob> others) {
    return new PayloadTable(
        board, el2, ramStart, ramEnd, kernelEntry, userEntry, provisionVirt, cores, physicalBits,
        manifestSha256, stamp, boot, List.copyOf(others));
  }

  /** Table and blobs, each from a page boundary on. */
  byte[] write() {
    byte[] text = stamp.getBytes(StandardCharsets.US_ASCII);
    if (blobs.size() > MAX_ENTRIES || text.length > STAMP_BYTES) {
      throw new IllegalStateException(
          blobs.size() + " payloads, stamp of " + text.length + " bytes");
    }
    int total = BYTES;
    int[] offsets = new int[blobs.size()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = (int) LoadImage.pageUp(total);
      total = offsets[i] + blobs.get(i).bytes.length();
    }
    ByteBuffer out = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(LAYOUT).putInt(blobs.size());
    out.putInt((el2 ? 1 : 0) | board.number << BOARD_SHIFT | boot.attestation << ATTESTATION_SHIFT);
    out.putLong(total).putLong(ramStart).putLong(ramEnd);
    out.putLong(kernelEntry).putLong(userEntry).putLong(provisionVirt);
    out.putInt(cores).putInt(physicalBits);
    out.put(java.util.HexFormat.of().parseHex(manifestSha256));
    out.put(text).position(BOOT_AT);
    out.putLong(boot.evidenceVirt).putInt(boot.selfStart).putInt(boot.selfEnd);
    for (int i = 0; i < offsets.length; i++) {
      Blob b = blobs.get(i);
      out.position(ENTRIES_AT + i * ENTRY_BYTES);
      out.putInt(b.kind.number)
          .putInt(0)
          .putLong(offsets[i])
          .putLong(b.bytes.length())
          .putLong(b.memSize)
          .putLong(b.phys)
          .putLong(b.virt);
      out.put(Hash.sha256(b.bytes.array()));
      out.put(offsets[i], b.bytes.array());
    }
    out.put(HASH_AT, Hash.sha256(Arrays.copyOf(out.array(), BYTES)));
    return out.array();
  }

  /**
   * Reads and checks a table and its blobs, as the loader does.
   *
   * @param image a whole image
   * @param at the table's offset in it
   */
  static PayloadTable read(byte[] image, int at) {
    if (at < 0 || image.length - at < BYTES) {
      throw new ImageException("no payload table: the image is cut short");
    }
    ByteBuffer in =
        ByteBuffer.wrap(image, at, image.length - at).slice().order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt(0) != MAGIC || in.getInt(4) != LAYOUT) {
      throw new ImageException(
          "no payload table of layout "
              + LAYOUT
              + " at offset "
              + at
              + ": not a Cohesix image, or one of another version");
    }
    byte[] table = new byte[BYTES];
    in.get(0, table);
    byte[] sum = Arrays.copyOfRange(table, HASH_AT, HASH_AT + 32);
    Arrays.fill(table, HASH_AT, HASH_AT + 32, (byte) 0);
    if (!Arrays.equals(sum, Hash.sha256(table))) {
      throw new ImageException("payload table: SHA-256 differs: the image is damaged");
    }
    if (in.getInt(8) < 1 || in.getInt(8) > MAX_ENTRIES) {
      throw new ImageException("payload table: names " + in.getInt(8) + " payloads, must be 1 to " + MAX_ENTRIES);
    }
    List<Blob> blobs = new ArrayList<>();
    for (int i = 0; i < in.getInt(8); i++) {
      int e = ENTRIES_AT + i * ENTRY_BYTES;
      Kind kind = Kind.of(in.getInt(e));
      long offset = in.getLong(e + 8);
      long size = in.getLong(e + 16);
      if (offset < 0 || size < 0 || offset > in.limit() || size > in.limit() - offset) {
        throw new ImageException(
            "payload "
                + kind.label()
                + ": lies outside of the image: it is cut short");
      }
      byte[] bytes = new byte[(int) size];
      in.get((int) offset, bytes);
      byte[] wants = new byte[32];
      in.get(e + 48, wants);
      if (!Arrays.equals(wants, Hash.sha256(bytes))) {
        throw new ImageException(
            "payload "
                + kind.label()
                + ": SHA-256 is "
                + Hash.sha256Hex(bytes)
                + ", the table says "
                + Hash.hex(wants)
                + ": the image is damaged");
      }
      blobs.add(
          new Blob(
              kind, in.getLong(e + 32), in.getLong(e + 40), in.getLong(e + 24), new Octets(bytes)));
    }
    String stamp = new String(table, 104, STAMP_BYTES, StandardCharsets.US_ASCII);
    int end = stamp.indexOf('\0');
    return new PayloadTable(
        Board.of((in.getInt(12) >>> BOARD_SHIFT) & 0xff),
        (in.getInt(12) & 1) != 0,
        in.getLong(24),
        in.getLong(32),
        in.getLong(40),
        in.getLong(48),
        in.getLong(56),
        in.getInt(64),
        in.getInt(68),
        Hash.hex(Arrays.copyOfRange(table, 72, 104)),
        end < 0 ? stamp : stamp.substring(0, end),
        new Boot(
            in.getInt(12) >> ATTESTATION_SHIFT & ATTESTATION_MASK,
            in.getLong(BOOT_AT),
            in.getInt(BOOT_AT + 8),
            in.getInt(BOOT_AT + 12)),
        List.copyOf(blobs));
  }
}
