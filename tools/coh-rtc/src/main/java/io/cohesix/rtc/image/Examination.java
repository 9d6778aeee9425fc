// What doctor found out about one artefact: contents, what will happen at boot, what is wrong.
package io.cohesix.rtc.image;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Filled while an artefact is taken apart; not thread-safe. */
final class Examination {
  private final List<String> contents = new ArrayList<>();
  private final List<String> stages = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<Map<String, Object>> images = new ArrayList<>();
  private final @Nullable Octets manifest;
  private final String manifestName;

  /**
   * An empty one.
   *
   * @param manifest the resolved manifest that artefacts should be of, or null to compare with none
   * @param manifestName where that one lies
   */
  Examination(@Nullable Octets manifest, String manifestName) {
    this.manifest = manifest;
    this.manifestName = manifestName;
  }

  /** One thing that is in it. */
  void has(String what) {
    contents.add(what);
  }

  /** A flat image's facts. */
  void image(Map<String, Object> facts) {
    images.add(facts);
    contents.addAll(Outcome.lines(facts));
  }

  /** The next stage of the boot: what happens, or the line that shows it. */
  void stage(String what) {
    stages.add(what);
  }

  /** Something that keeps it from booting, or makes it boot something else than its owner thinks. */
  void wrong(String what) {
    if (!wrong.contains(what)) {
      wrong.add(what);
    }
  }

  /** Something to know that is not wrong. */
  void note(String what) {
    if (!notes.contains(what)) {
      notes.add(what);
    }
  }

  /** Runs a check; its refusal is something wrong. */
  void check(String of, Runnable work) {
    try {
      work.run();
    } catch (ImageException e) {
      wrong(of + ": " + e.getMessage());
    }
  }

  /** The resolved manifest with a sum, when it is the one that artefacts should be of. */
  @Nullable Octets manifest(String sha256) {
    return manifest != null && manifest.sha256().equals(sha256) ? manifest : null;
  }

  /** Compares the manifest that an artefact embeds with the one that was compiled last. */
  void embeds(String sha256) {
    Octets current = manifest;
    if (current != null && !current.sha256().equals(sha256)) {
      wrong(
          "stale: it is of manifest " + sha256.substring(0, 12) + ", " + manifestName + " is "
              + current.sha256().substring(0, 12)
                  + ": build and make the image again, or name its own with --manifest-json");
    }
  }

  boolean sound() {
    return wrong.isEmpty();
  }

  /** Everything as one object. */
  Map<String, Object> json(String file) {
    Map<String, Object> out = new TreeMap<>();
    out.put("file", file);
    out.put("ok", sound());
    out.put("contents", contents);
    out.put("images", images);
    out.put("stages", stages);
    out.put("wrong", wrong);
    out.put("notes", notes);
    return out;
  }

  /** Everything as text. */
  void print(String file, PrintWriter out) {
    out.println(file);
    contents.forEach(c -> out.println("  " + c));
    if (!stages.isEmpty()) {
      out.println("at boot:");
      for (int i = 0; i < stages.size(); i++) {
        out.println("  " + (i + 1) + ". " + stages.get(i));
      }
    }
    notes.forEach(n -> out.println("note: " + n));
    wrong.forEach(w -> out.println("wrong: " + w));
    out.println(sound() ? "sound" : Objects.requireNonNull(file) + " is not sound: " + wrong.size() + " wrong");
  }
}
