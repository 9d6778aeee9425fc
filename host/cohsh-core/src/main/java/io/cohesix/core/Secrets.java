// Secrets that a program is given: from a file or from the environment, never from its command line, and never shown.
package io.cohesix.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads tokens, tickets and keys. */
public final class Secrets {
  /** {@code console.auth_token} of development manifests (spec/manifest.md); release images refuse it. */
  public static final String DEVELOPMENT_TOKEN = "changeme";

  /** Holds the console's token where no file is named. */
  public static final String TOKEN_VARIABLE = "COHESIX_AUTH_TOKEN";

  /** Holds the ticket where no file is named. */
  public static final String TICKET_VARIABLE = "COHESIX_TICKET";

  private static final long MAX_BYTES = 1 << 20;

  private Secrets() {}

  /**
   * A secret: the file's one line, else the variable, else null.
   *
   * @param what how errors call it
   * @throws IllegalArgumentException when it can't be used; the message says why and never holds the secret
   */
  public static @Nullable String read(@Nullable Path path, String variable, String what) {
    String value = path == null ? System.getenv(variable) : file(path, what);
    if (value == null) {
      return null;
    }
    String text = value.strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(what + " in " + (path == null ? variable : path) + " is empty");
    }
    if (text.chars().anyMatch(c -> c < 0x20)) {
      throw new IllegalArgumentException(what + " in " + (path == null ? variable : path) + " must be one line of text");
    }
    return text;
  }

  private static String file(Path path, String what) {
    try {
      if (Files.isRegularFile(path) && Files.size(path) > MAX_BYTES) {
        throw new IllegalArgumentException(what + " " + path + " has more than " + MAX_BYTES + " bytes");
      }
      return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(what + " " + path + " does not exist", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("can't read " + what + " " + path + ": " + e.getMessage(), e);
    }
  }
}
