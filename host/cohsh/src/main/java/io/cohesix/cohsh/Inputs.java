// Reads what the caller names: scripts, secrets from files and from the environment.
package io.cohesix.cohsh;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Files and environment variables, with errors that say what to do. */
final class Inputs {
  private static final long MAX_BYTES = 1 << 20;

  private Inputs() {}

  static byte[] file(Path path, String what) {
    return file(path, what, MAX_BYTES);
  }

  static byte[] file(Path path, String what, long maxBytes) {
    try {
      if (Files.isRegularFile(path) && Files.size(path) > maxBytes) {
        throw new UsageException(what + " " + path + " has more than " + maxBytes + " bytes");
      }
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw new UsageException(what + " " + path + " does not exist");
    } catch (IOException e) {
      throw new UsageException("can't read " + what + " " + path + ": " + e.getMessage());
    }
  }

  /** A file to write, with its folders; readable by its owner only. */
  static OutputStream create(Path path) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    OutputStream out = Files.newOutputStream(path);
    if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }
    return out;
  }

  /** A secret: its file's first line, else the variable, else null. Never shown. */
  static @Nullable String secret(@Nullable Path path, String variable, String what) {
    String text;
    if (path != null) {
      text = new String(file(path, what), StandardCharsets.UTF_8).strip();
    } else {
      String value = System.getenv(variable);
      if (value == null) {
        return null;
      }
      text = value.strip();
    }
    if (text.isEmpty()) {
      throw new UsageException(what + " in " + (path == null ? variable : path) + " is empty");
    }
    if (text.chars().anyMatch(c -> c < 0x20)) {
      throw new UsageException(what + " in " + (path == null ? variable : path) + " must be one line of text");
    }
    return text;
  }
}
