// A file's attributes.
package io.cohesix.secure9p;

/**
 * The answer of Tgetattr (spec/secure9p.md, "Messages"). Only the fields whose bit is in {@code valid} mean something.
 *
 * @param valid which fields are filled in, bits as in the request mask
 * @param qid the file's identity
 * @param mode type and permission bits as in {@code st_mode}
 * @param uid owner
 * @param gid group
 * @param nlink hard links
 * @param rdev device
 * @param size bytes that can be read now, unsigned
 * @param blksize preferred block in bytes
 * @param blocks blocks of 512 bytes
 * @param atimeS last access, seconds
 * @param atimeNs last access, nanoseconds
 * @param mtimeS last change of content, seconds
 * @param mtimeNs last change of content, nanoseconds
 * @param ctimeS last change of attributes, seconds
 * @param ctimeNs last change of attributes, nanoseconds
 * @param btimeS birth, seconds
 * @param btimeNs birth, nanoseconds
 * @param gen generation; a hive's is the same for all its files and another one after each start
 * @param dataVersion version of the content; a hive has one for rings alone: the absolute position of their end
 */
public record Stat(
    long valid,
    Qid qid,
    int mode,
    int uid,
    int gid,
    long nlink,
    long rdev,
    long size,
    long blksize,
    long blocks,
    long atimeS,
    long atimeNs,
    long mtimeS,
    long mtimeNs,
    long ctimeS,
    long ctimeNs,
    long btimeS,
    long btimeNs,
    long gen,
    long dataVersion) {
  /**
   * What tells the life of the hive that answered from those before and after it: a generation with the time of its
   * boot. 0: the server tells none.
   */
  public long life() {
    return (valid & Wire.GETATTR_GEN) == 0 ? 0 : (mtimeS << 32) | (gen & 0xffff_ffffL);
  }

  /** Whether the server calls it a ring; only one that tells a {@link #life} does. */
  public boolean isRing() {
    return (valid & Wire.GETATTR_DATA_VERSION) != 0;
  }

  /** Whether it is a directory. */
  public boolean isDirectory() {
    return qid.isDirectory();
  }
}
