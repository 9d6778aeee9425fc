// One line of a directory listing.
package io.cohesix.secure9p;

/**
 * A directory entry (spec/secure9p.md, "Treaddir").
 *
 * @param qid the file's identity
 * @param cookie where a listing goes on behind this entry, unsigned
 * @param type the entry's type as Linux's {@code d_type}, 0 … 255
 * @param name the file's name, 1–255 bytes of UTF-8
 */
public record DirEntry(Qid qid, long cookie, int type, String name) {}
