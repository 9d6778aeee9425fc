// Reads a policy that coh-rtc wrote, and refuses one that was changed since or that belongs to another manifest.
package io.cohesix.core.policy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Policy files such as {@code out/cohsh_policy.toml}. */
public final class PolicyFile {

  /** A file that can't be used; the message says why and what to do. */
  public static final class PolicyException extends Exception {
    private static final long serialVersionUID = 1L;

    PolicyException(String message) {
      super(message);
    }
  }

  private static final Pattern HASH_LINE =
      Pattern.compile("(?m)^policy_sha256 = \"([0-9a-f]{64})\"\\n");

  private static final Pattern MANIFEST_LINES =
      Pattern.compile("\\A# manifest_sha256 = ([0-9a-f]{64})\\n\\n\\[meta]\\nmanifest_sha256 = \"([0-9a-f]{64})\"\\n");

  private PolicyFile() {}

  /** Loads and checks a file. */
  public static ClientPolicy load(Path file) throws PolicyException {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new PolicyException("can't read the policy " + file + ": " + e.getMessage());
    }
    return parse(file.toString(), text);
  }

  static ClientPolicy parse(String name, String text) throws PolicyException {
    checkHash(name, text);
    checkManifest(name, text);
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      throw new PolicyException(name + ": " + toml.errors().get(0) + "; make it again with coh-rtc compile");
    }
    ClientPolicy.Retry retry =
        new ClientPolicy.Retry(
            number(name, toml, "client_policies.retry.max_attempts", 0, 100),
            number(name, toml, "client_policies.retry.backoff_ms", 1, 3_600_000),
            number(name, toml, "client_policies.retry.ceiling_ms", 1, 3_600_000),
            number(name, toml, "client_policies.retry.timeout_ms", 1, 3_600_000));
    ClientPolicy.Paths paths =
        new ClientPolicy.Paths(
            string(name, toml, "client_paths.queen_ctl"),
            string(name, toml, "client_paths.queen_lifecycle_ctl"),
            string(name, toml, "client_paths.log"));
    return new ClientPolicy(
        retry,
        number(name, toml, "client_policies.heartbeat.interval_ms", 1, 3_600_000),
        number(name, toml, "client_policies.cohsh.tail.poll_ms_default", 1, 3_600_000),
        new ClientPolicy.Pool(
            number(name, toml, "client_policies.cohsh.pool.control_sessions", 1, 64),
            number(name, toml, "client_policies.cohsh.pool.telemetry_sessions", 1, 256)),
        number(name, toml, "client_policies.trace.max_bytes", 1024, 1 << 30),
        paths,
        string(name, toml, "meta.manifest_sha256"));
  }

  /** policy_sha256 is the SHA-256 of everything after the line that holds it (docs/POLICY_FILES.md). */
  private static void checkHash(String name, String text) throws PolicyException {
    Matcher line = HASH_LINE.matcher(text);
    if (!line.find()) {
      throw new PolicyException(name + " has no policy_sha256: it was not made by coh-rtc compile");
    }
    String actual = sha256(text.substring(line.end()));
    if (!actual.equals(line.group(1))) {
      throw new PolicyException(
          name + " was changed: policy_sha256 says " + line.group(1) + ", its content has " + actual
              + "; make it again with coh-rtc compile");
    }
  }

  /** The manifest's hash stands twice; both must be the same. */
  private static void checkManifest(String name, String text) throws PolicyException {
    Matcher manifest = MANIFEST_LINES.matcher(text);
    if (!manifest.find() || !manifest.group(1).equals(manifest.group(2))) {
      throw new PolicyException(
          name + ": manifest_sha256 in the first line and in [meta] must be one hash; make it again with coh-rtc compile");
    }
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static int number(String name, TomlParseResult toml, String key, int min, int max) throws PolicyException {
    Object value = toml.get(key);
    if (!(value instanceof Long number) || number < min || number > max) {
      throw new PolicyException(
          name + ": " + key + " is " + value + ", it must be a number from " + min + " to " + max);
    }
    return number.intValue();
  }

  private static String string(String name, TomlParseResult toml, String key) throws PolicyException {
    if (!(toml.get(key) instanceof String value) || value.isEmpty()) {
      throw new PolicyException(name + ": " + key + " is missing");
    }
    return value;
  }
}
