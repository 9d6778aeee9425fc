// A file system's figures.
package io.cohesix.secure9p;

/**
 * The answer of Tstatfs (spec/secure9p.md, "Messages").
 *
 * @param type the file system's magic number; 0x01021997 is 9P
 * @param bsize block in bytes
 * @param blocks blocks
 * @param bfree free blocks
 * @param bavail free blocks for users
 * @param files files
 * @param ffree free file nodes
 * @param fsid the file system's id
 * @param nameLength bytes of a longest name
 */
public record StatFs(
    int type,
    int bsize,
    long blocks,
    long bfree,
    long bavail,
    long files,
    long ffree,
    long fsid,
    int nameLength) {}
