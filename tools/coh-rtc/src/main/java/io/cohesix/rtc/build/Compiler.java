// From a validated manifest to all artefacts, and from artefacts to files or to a list of stale ones.
package io.cohesix.rtc.build;

import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.codegen.c.CBoard;
import io.cohesix.rtc.codegen.c.CCaps;
import io.cohesix.rtc.codegen.c.CManifest;
import io.cohesix.rtc.codegen.docs.Snippets;
import io.cohesix.rtc.codegen.json.CapacityJson;
import io.cohesix.rtc.codegen.json.ResolvedJson;
import io.cohesix.rtc.codegen.policy.BootScript;
import io.cohesix.rtc.codegen.policy.JavaDefaults;
import io.cohesix.rtc.codegen.policy.PolicyFiles;
import io.cohesix.rtc.secrets.Blake3;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One compile. */
public final class Compiler {
  private Compiler() {}

  /** What the generators read. The validation must be ok. */
  public static Input input(Validation v, List<Input.Script> scripts) {
    String json = ResolvedJson.text(v.manifest(), v.credentials());
    String sha256 = Blake3.hex(Blake3.sha256(json.getBytes(StandardCharsets.UTF_8)));
    return new Input(v.manifest(), v.credentials(), sha256, scripts);
  }

  /** Every file of a compile. documents: docs by path, into which snippets are spliced. */
  public static List<Artefact> artefacts(Input in, Map<String, String> documents) {
    List<Artefact> out = new ArrayList<>(CManifest.files(in));
    out.addAll(CCaps.files(in));
    out.add(CBoard.file(in));
    out.add(new Artefact(Artefact.Place.OUT, "manifests/root_task_resolved.json",
        ResolvedJson.text(in.manifest(), in.credentials())));
    out.add(new Artefact(Artefact.Place.OUT, "manifests/root_task_resolved.json.sha256",
        in.sha256() + "  root_task_resolved.json\n"));
    out.add(new Artefact(Artefact.Place.OUT, "manifests/capacity.json", CapacityJson.text(in)));
    out.add(new Artefact(Artefact.Place.OUT, "manifests/capacity.md", Snippets.capacityReport(in)));
    out.addAll(PolicyFiles.files(in));
    out.add(BootScript.file(in));
    out.add(JavaDefaults.file(in));
    out.addAll(Snippets.files(in, documents));
    return out;
  }

  /** Writes what differs; returns the labels of what was written. */
  public static List<String> write(Workspace w, List<Artefact> artefacts) throws IOException {
    List<String> written = new ArrayList<>();
    for (Artefact a : artefacts) {
      Path file = w.file(a);
      if (Files.isRegularFile(file) && same(file, a)) {
        continue;
      }
      Path folder = file.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.write(file, a.content().getBytes(StandardCharsets.UTF_8));
      written.add(w.label(a));
    }
    return written;
  }

  /** Labels of artefacts that differ from the files, or are missing though they are committed. */
  public static List<String> stale(Workspace w, List<Artefact> artefacts) throws IOException {
    List<String> stale = new ArrayList<>();
    for (Artefact a : artefacts) {
      Path file = w.file(a);
      if (!Files.isRegularFile(file)) {
        if (a.place() != Artefact.Place.OUT) {
          stale.add(w.label(a) + " is missing");
        }
      } else if (!same(file, a)) {
        stale.add(w.label(a) + " differs");
      }
    }
    return stale;
  }

  private static boolean same(Path file, Artefact a) throws IOException {
    return java.util.Arrays.equals(Files.readAllBytes(file), a.content().getBytes(StandardCharsets.UTF_8));
  }
}
