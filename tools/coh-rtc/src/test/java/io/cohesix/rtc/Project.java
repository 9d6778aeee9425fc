// A project in a temporary folder, for tests.
package io.cohesix.rtc;

import io.cohesix.rtc.build.Compiler;
import io.cohesix.rtc.build.Workspace;
import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.secrets.SecretStore;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** configs/, keys/ and resources/ as a real project has them. */
public final class Project {
  /** The environment that secret references see. */
  public static final Map<String, String> ENV =
      Map.of("COH_TEST_TOKEN", "a-token-for-tests", "COH_TEST_KNOWN", "bootstrap", "COH_TEST_WORKER", "hidden-worker");

  private static final String SEED = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

  private final Path root;

  /** Writes a project below root whose manifest is a test resource. */
  public Project(Path root, String manifest) {
    this.root = root;
    write("configs/root_task.toml", resource(manifest));
    write("keys/malformed.hex", "not hex\n");
    write("keys/signing.hex", SEED + "\n");
    write("keys/queen", "hidden-queen\n");
    write("resources/fixtures/cas_signing_key.hex", SEED + "\n");
    write("resources/proc_tests/b.coh", "ping\nEXPECT OK\n");
    write("resources/proc_tests/a.coh", "# no newline at the end, quotes \" and \\ and \u00fc\nls /");
    write("docs/ONE.md", "# One\n\n<!-- coh-rtc:capacity:start -->\nold\n<!-- coh-rtc:capacity:end -->\nrest\n");
  }

  /** The project root. */
  public Path root() {
    return root;
  }

  /** The manifest's path. */
  public Path manifest() {
    return root.resolve("configs/root_task.toml");
  }

  /** The folders of a compile. */
  public Workspace workspace() {
    return Workspace.of(manifest(), null, null, null);
  }

  /** The validated manifest. */
  public Validation validate() throws IOException {
    return Validation.of("configs/root_task.toml", Workspace.text(manifest()), new SecretStore(root, ENV));
  }

  /** What the generators read. */
  public Input input() throws IOException {
    return Compiler.input(validate(), workspace().scripts());
  }

  /** Every artefact. */
  public List<Artefact> artefacts() throws IOException {
    return Compiler.artefacts(input(), workspace().documents());
  }

  /** One artefact's text by the end of its name. */
  public String artefact(String suffix) throws IOException {
    return artefacts().stream().filter(a -> a.name().endsWith(suffix)).findFirst().orElseThrow().content();
  }

  /** Writes a file below the root. */
  public void write(String name, String text) {
    try {
      Path file = root.resolve(name);
      Path folder = file.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A test resource's text. */
  public static String resource(String name) {
    try (InputStream in = Project.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
