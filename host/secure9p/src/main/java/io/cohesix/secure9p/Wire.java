// Sizes, offsets, type numbers and limits of 9P2000.L frames: each number of the protocol stands here once.
package io.cohesix.secure9p;

/**
 * The frame layout of 9P2000.L (spec/secure9p.md, "Messages" and "Limits"). All integers are little-endian; a string is
 * {@code length[2]} and that many bytes of UTF-8. Names mirror {@code wire/p9.h} of the server.
 */
public final class Wire {
  private Wire() {}

  /** The only version that is spoken. */
  public static final String VERSION = "9P2000.L";
  /** What a server answers to any other version. */
  public static final String VERSION_UNKNOWN = "unknown";

  /** Offset of {@code size[4]}: bytes of the frame, itself included. */
  public static final int SIZE_OFFSET = 0;
  /** Offset of {@code type[1]}. */
  public static final int TYPE_OFFSET = 4;
  /** Offset of {@code tag[2]}. */
  public static final int TAG_OFFSET = 5;
  /** Bytes of size, type and tag; the first field of a message stands at this offset. */
  public static final int HEADER_BYTES = 7;
  /** Offset of {@code fid[4]} in every request that begins with one. */
  public static final int FID_OFFSET = HEADER_BYTES;
  /** Offset of {@code count[4]} in Rread, Rreaddir and Rwrite. */
  public static final int REPLY_COUNT_OFFSET = HEADER_BYTES;
  /** Bytes of an Rread or Rreaddir before its data. */
  public static final int REPLY_DATA_OFFSET = HEADER_BYTES + 4;
  /** Bytes of a Twrite before its data: header, fid[4], offset[8], count[4]. */
  public static final int WRITE_DATA_OFFSET = HEADER_BYTES + 4 + 8 + 4;

  /** Bytes of a qid: type[1] version[4] path[8]. */
  public static final int QID_BYTES = 13;
  /** Bytes of a directory entry without its name: qid[13] cookie[8] type[1] length[2]. */
  public static final int ENTRY_HEADER_BYTES = QID_BYTES + 8 + 1 + 2;
  /** Bytes of a longest string: its length has two bytes. */
  public static final int STRING_BYTES_MAX = 0xffff;

  /** Tag of Tversion. */
  public static final int NOTAG = 0xffff;
  /** The fid that is none. */
  public static final int NOFID = 0xffffffff;
  /** The numeric user that is none. */
  public static final int NONUNAME = 0xffffffff;

  /** Names that a hive takes in one Twalk, and qids that it answers; 9P allows 16. */
  public static final int WALK_NAMES_MAX = 8;
  /** Bytes of one name. */
  public static final int NAME_BYTES_MAX = 255;
  /** The smallest msize that a hive negotiates: a record of 4096 bytes fits one write. */
  public static final int MSIZE_MIN = 4120;
  /** The largest msize that a hive negotiates. */
  public static final int MSIZE_MAX = 8192;

  /** Qid type of a directory. */
  public static final int QTDIR = 0x80;
  /** Qid type of an append-only file. */
  public static final int QTAPPEND = 0x40;
  /** Qid type of an authentication file. */
  public static final int QTAUTH = 0x08;
  /** Qid type of a plain file. */
  public static final int QTFILE = 0x00;

  /** Request mask of Tgetattr for all that {@code stat} tells (P9_GETATTR_BASIC). */
  public static final long GETATTR_BASIC = 0x7ffL;
  /** Bit of Tgetattr's masks for the generation (P9_GETATTR_GEN). */
  public static final long GETATTR_GEN = 0x1000L;
  /** Bit of Tgetattr's masks for the version of the content (P9_GETATTR_DATA_VERSION). */
  public static final long GETATTR_DATA_VERSION = 0x2000L;

  static final int RLERROR = 7;
  static final int TSTATFS = 8;
  static final int RSTATFS = 9;
  static final int TLOPEN = 12;
  static final int RLOPEN = 13;
  static final int TLCREATE = 14;
  static final int TSYMLINK = 16;
  static final int TMKNOD = 18;
  static final int TRENAME = 20;
  static final int TREADLINK = 22;
  static final int TGETATTR = 24;
  static final int RGETATTR = 25;
  static final int TSETATTR = 26;
  static final int RSETATTR = 27;
  static final int TREADDIR = 40;
  static final int RREADDIR = 41;
  static final int TFSYNC = 50;
  static final int RFSYNC = 51;
  static final int TLINK = 70;
  static final int TMKDIR = 72;
  static final int TRENAMEAT = 74;
  static final int TUNLINKAT = 76;
  static final int TVERSION = 100;
  static final int RVERSION = 101;
  static final int TAUTH = 102;
  static final int RAUTH = 103;
  static final int TATTACH = 104;
  static final int RATTACH = 105;
  static final int TFLUSH = 108;
  static final int RFLUSH = 109;
  static final int TWALK = 110;
  static final int RWALK = 111;
  static final int TREAD = 116;
  static final int RREAD = 117;
  static final int TWRITE = 118;
  static final int RWRITE = 119;
  static final int TCLUNK = 120;
  static final int RCLUNK = 121;
  static final int TREMOVE = 122;
  static final int RREMOVE = 123;
}
