// A journal that was read whole and whose every entry is chained to the one before it.
package io.cohesix.core.audit;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * A line is one JSON object: seq, ms, role, subject?, ticket?, path, line or line_sha256, prev. prev is the SHA-256 of the whole line
 * before it without its newline, 64 zeros in entry 1. A hive keeps a bounded journal, so its first line may be any entry; its prev
 * can't be checked then.
 */
/**
 * A verified journal (docs/interfaces/audit.md). The chain shows every changed, lost, added and moved entry between its first and its
 * last; only a head that was kept elsewhere shows that the end is missing or that all of it was made anew.
 *
 * @param entries in order
 * @param head SHA-256 of the last entry, hex; zeros when there is none
 */
public record Journal(List<Entry> entries, String head) {
  /** Before the first entry. */
  public static final String NO_HEAD = "0".repeat(64);

  /**
   * One control write.
   *
   * @param seq its number, from 1 in a boot of a hive
   * @param ms the hive's clock
   * @param role who wrote
   * @param subject whose ticket it was; null without one
   * @param ticket the ticket's hash, hex; null without one
   * @param path the file
   * @param line what was written; null when only its digest is kept
   * @param prev digest of the entry before it, hex
   */
  public record Entry(
      long seq,
      long ms,
      String role,
      @Nullable String subject,
      @Nullable String ticket,
      String path,
      @Nullable String line,
      String prev) {}

  /** Copies the entries. */
  public Journal {
    entries = List.copyOf(entries);
  }

  /**
   * Checks a journal as /audit/journal reads.
   *
   * @throws JournalException for the first line that is malformed, out of order or does not carry the digest of the one before it
   */
  public static Journal parse(byte[] file) throws JournalException {
    List<Entry> entries = new ArrayList<>();
    String head = NO_HEAD;
    for (int from = 0; from < file.length; ) {
      int end = from;
      while (end < file.length && file[end] != '\n') {
        end++;
      }
      int number = entries.size() + 1;
      Entry entry = entry(number, text(number, file, from, end));
      link(number, entries.isEmpty() ? null : entries.get(entries.size() - 1), head, entry);
      head = sha256(file, from, end);
      entries.add(entry);
      from = end + 1;
    }
    return new Journal(entries, head);
  }

  /** Checks that this is the head, as /audit/export said or somebody noted. */
  public void expectHead(String wanted) throws JournalException {
    if (!head.equals(wanted)) {
      throw new JournalException(Math.max(1, entries.size()), "the last entry's digest is " + head, wanted);
    }
  }

  /** Entries that keep only their line's digest: they can't be replayed. */
  public long digestOnly() {
    return entries.stream().filter(entry -> entry.line() == null).count();
  }

  private static void link(int number, @Nullable Entry before, String head, Entry entry) throws JournalException {
    if (before != null && entry.seq() != before.seq() + 1) {
      throw new JournalException(number, "seq is " + Long.toUnsignedString(entry.seq()), Long.toUnsignedString(before.seq() + 1));
    }
    if ((before != null || entry.seq() == 1) && !entry.prev().equals(head)) {
      throw new JournalException(number, "prev is " + entry.prev() + ": this entry or the one before it was changed", head);
    }
    if (entry.seq() == 0) {
      throw new JournalException(number, "seq is 0", "1 at least");
    }
  }

  private static String text(int number, byte[] file, int from, int end) throws JournalException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file, from, end - from)).toString();
    } catch (CharacterCodingException e) {
      throw new JournalException(number, "it is no UTF-8", "");
    }
  }

  private static Entry entry(int number, String line) throws JournalException {
    try {
      Map<String, Object> fields = FlatObject.parse(line);
      String written = optional(fields, "line", ".*");
      String digest = optional(fields, "line_sha256", "[0-9a-f]{64}");
      Entry entry =
          new Entry(
              number(fields, "seq"),
              number(fields, "ms"),
              text(fields, "role", "[a-z-]{1,16}"),
              optional(fields, "subject", ".+"),
              optional(fields, "ticket", "[0-9a-f]{16}"),
              text(fields, "path", "/.+"),
              written,
              text(fields, "prev", "[0-9a-f]{64}"));
      if ((written == null) == (digest == null)) {
        throw new IllegalArgumentException("an entry has a line or a line_sha256");
      }
      if (!fields.isEmpty()) {
        throw new IllegalArgumentException("the field " + fields.keySet().iterator().next() + " is unknown");
      }
      return entry;
    } catch (IllegalArgumentException e) {
      throw new JournalException(number, "it is no entry: " + e.getMessage(), "");
    }
  }

  private static long number(Map<String, Object> fields, String name) {
    if (fields.remove(name) instanceof Long value) {
      return value;
    }
    throw new IllegalArgumentException(name + " must be a whole number");
  }

  private static String text(Map<String, Object> fields, String name, String form) {
    String value = optional(fields, name, form);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  private static @Nullable String optional(Map<String, Object> fields, String name, String form) {
    Object value = fields.remove(name);
    if (value != null && !(value instanceof String text && text.matches(form))) {
      throw new IllegalArgumentException(name + " is not of its form");
    }
    return (String) value;
  }

  private static String sha256(byte[] file, int from, int end) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(file, from, end - from);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
