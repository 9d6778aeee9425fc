// image.json of a volume: what was written onto it, file by file, against what is there now.
package io.cohesix.rtc.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Iterator;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A list that was read; not changed afterwards. */
final class FileList {
  static final String FILE = "image.json";

  private static final int SHOWN = 12;

  private final JsonNode root;
  private final SortedMap<String, JsonNode> files = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final TreeSet<String> leftOut = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  private FileList(JsonNode root) {
    this.root = root;
    for (Iterator<String> names = root.path("files").fieldNames(); names.hasNext();) {
      String name = names.next();
      files.put(name, root.path("files").path(name));
    }
    root.path("missing").forEach(name -> leftOut.add(name.asText()));
  }

  /**
   * Reads a list.
   *
   * @throws ImageException when it is none
   */
  static FileList read(Octets json) {
    try {
      JsonNode root = new ObjectMapper().readTree(json.array());
      if (root == null || !root.path("files").isObject() || !root.path("missing").isArray()) {
        throw new ImageException("lists no files: damaged, or of another version");
      }
      return new FileList(root);
    } catch (IOException e) {
      throw new ImageException("is not JSON: damaged, or changed by hand", e);
    }
  }

  /** All of it. */
  JsonNode root() {
    return root;
  }

  /** Was it written with the volume? */
  boolean has(String path) {
    return files.containsKey(path);
  }

  /** Did the operator leave it out when the volume was made? */
  boolean leftOut(String path) {
    return leftOut.contains(path);
  }

  /**
   * What is missing or differs: by path, and then what is the matter with it. A file that was left out and came later is
   * in no list.
   */
  SortedMap<String, String> faults(SortedMap<String, Octets> volume) {
    SortedMap<String, String> out = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    files.forEach((path, wants) -> {
      Octets is = volume.get(path);
      String sha256 = wants.path("sha256").asText();
      if (is == null) {
        out.put(path, "is missing");
      } else if (!is.sha256().equals(sha256) || is.length() != wants.path("bytes").asLong(-1)) {
        out.put(
            path, "is not what " + FILE + " lists (" + is.length() + " bytes, SHA-256 " + cut(is.sha256()) + "…; was "
                + wants.path("bytes").asText() + " bytes, " + cut(sha256) + "…)");
      }
    });
    return out;
  }

  private static String cut(String sha256) {
    return sha256.substring(0, Math.min(SHOWN, sha256.length()));
  }

  /** Compares a volume that has a list with it; one without is left alone. */
  static void compare(SortedMap<String, Octets> volume, Examination e) {
    Octets json = volume.get(FILE);
    if (json == null) {
      return;
    }
    e.check(FILE, () -> {
      FileList list = read(json);
      list.faults(volume).forEach((path, what) -> {
        if (volume.containsKey(path)) {
          e.wrong(path + ": " + what + ": damaged, or another since: write it again");
        } else if (!Firmware.isOne(path)) { // what is the board's is named with where to get it
          e.wrong(path + " is missing: write it again");
        }
      });
      volume.keySet().stream().filter(path -> !list.has(path) && !path.equalsIgnoreCase(FILE)).forEach(path -> e.note(
          path + " is not in " + FILE + ": it came onto the volume later"
              + (list.leftOut(path) ? ", as was asked for; no sum says whether it is whole" : "")));
    });
  }
}
