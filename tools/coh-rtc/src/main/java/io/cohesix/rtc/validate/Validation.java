// The validator's face: text in, resolved values and findings out.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Finding;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.manifest.Position;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.TomlDocument;
import io.cohesix.rtc.secrets.Credentials;
import io.cohesix.rtc.secrets.SecretStore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlTable;

/**
 * The outcome of validating one manifest.
 *
 * @param manifest resolved values; complete only when {@link #ok()}
 * @param credentials derived keys; complete only when {@link #ok()}
 * @param findings errors and warnings by place
 */
public record Validation(Manifest manifest, Credentials credentials, List<Finding> findings) {
  /** True when the manifest may be compiled. */
  public boolean ok() {
    return findings.stream().noneMatch(Finding::isError);
  }

  /** Validates manifest text; file names it in findings. */
  public static Validation of(String file, String text, SecretStore store) {
    Manifest manifest = new Manifest(file);
    Credentials none = new Credentials(List.of(), null, null);
    TomlDocument document = TomlDocument.parse(file, text);
    TomlTable root = document.root();
    if (root == null) {
      return new Validation(manifest, none, document.findings());
    }
    Finding abort = schema(file, root);
    if (abort != null) {
      return new Validation(manifest, none, List.of(abort));
    }
    Findings findings = new Findings(manifest);
    document.findings().forEach(findings::add);
    new Resolver(manifest, findings).run(root);
    new ProtocolLines(manifest, findings).run();
    new HardwareLines(manifest, findings).run();
    new SurfaceLines(manifest, findings).run();
    new SeatLines(manifest, findings).run();
    new NetworkLines(manifest, findings).run();
    SecretLines secrets = new SecretLines(manifest, findings, store);
    secrets.run();
    return new Validation(manifest, secrets.credentials(), new ArrayList<>(findings.sorted()));
  }

  /** The outcome for a file that is not text. */
  public static Validation notUtf8(String file) {
    return new Validation(new Manifest(file), new Credentials(List.of(), null, null), List.of(new Finding(
        Finding.Severity.ERROR, "syntax", file, Position.START, "syntax", "the file is not UTF-8; TOML is")));
  }

  private static @Nullable Finding schema(String file, TomlTable root) {
    Object table = root.get(List.of("root_task"));
    Object version = table instanceof TomlTable t ? t.get(List.of("schema")) : null;
    if (version instanceof String s && Schema.VERSIONS.contains(s)) {
      return null;
    }
    Position at = Position.START;
    if (table instanceof TomlTable t) {
      at = TomlDocument.at(version == null ? root.inputPositionOf(List.of("root_task")) : t.inputPositionOf(List.of("schema")));
    }
    String is = version == null ? "is missing" : "is " + Values.describe(version);
    return new Finding(Finding.Severity.ERROR, "schema", file, at, "root_task.schema", is
        + ", must be \"1.5\" or \"1.6\"; nothing else was checked: write schema = \"1.5\" and run coh-rtc check to see "
        + "which keys have changed, or use the coh-rtc that belongs to that schema");
  }
}
