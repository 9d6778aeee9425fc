// Reads what the caller names: scripts, traces, secrets.
package io.cohesix.cohsh;

import io.cohesix.core.Secrets;
import io.cohesix.core.cli.UsageException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Files, with errors that say what to do. */
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

  /** A secret, see {@link Secrets}. */
  static @Nullable String secret(@Nullable Path path, String variable, String what) {
    try {
      return Secrets.read(path, variable, what);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + "");
    }
  }
}
