// Resolves env:NAME and file:PATH secret references.
package io.cohesix.rtc.secrets;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The environment and the files that secret references point into. Relative files are below the project root. */
public final class SecretStore {
  private static final int MAX_BYTES = 128;

  private final Path root;
  private final Map<String, String> env;

  /** A store over a project root and an environment. */
  public SecretStore(Path root, Map<String, String> env) {
    this.root = root;
    this.env = Map.copyOf(env);
  }

  /** The folder that relative paths start from. */
  public Path root() {
    return root;
  }

  /** A secret's bytes, one trailing newline cut. */
  public byte[] read(String ref) throws SecretException {
    String text;
    if (ref.startsWith("env:")) {
      String name = ref.substring(4);
      String value = env.get(name);
      if (value == null) {
        throw new SecretException("environment variable " + name + " is not set; set it to the secret");
      }
      text = value;
    } else {
      String name = ref.substring(5);
      try {
        Path file = root.resolve(name);
        if (Files.size(file) > 4096) {
          throw new SecretException("file " + name + " has " + Files.size(file) + " bytes, must have 1..128");
        }
        text = Files.readString(file, StandardCharsets.UTF_8);
      } catch (IOException | RuntimeException e) {
        throw new SecretException(
            "file " + name + " can't be read; put it there, or name the right --project-root", e);
      }
      text = text.endsWith("\r\n") ? text.substring(0, text.length() - 2)
          : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 1 || bytes.length > MAX_BYTES) {
      throw new SecretException(ref + " has " + bytes.length + " bytes, must have 1.." + MAX_BYTES);
    }
    return bytes;
  }

  /** A secret that can't be had; the message never shows it. */
  public static final class SecretException extends Exception {
    private static final long serialVersionUID = 1;

    SecretException(String message) {
      super(message);
    }

    SecretException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
