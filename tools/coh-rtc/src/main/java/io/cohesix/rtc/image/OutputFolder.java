// Files that commands read and write: a file that is written is there whole or not at all.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** A folder for what a command makes. */
final class OutputFolder {
  private final Path folder;
  private final boolean secret;

  /**
   * Makes the folder where it is missing.
   *
   * @param secret images in it hold a secret: they are their owner's alone
   */
  OutputFolder(Path folder, boolean secret) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.secret = secret;
  }

  /** A file's bytes. */
  static byte[] bytes(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ImageException(file + ": no such file");
    }
    return Files.readAllBytes(file);
  }

  /** Writes a file that may hold the secret; whoever boots the old one meanwhile keeps it. */
  Path image(String name, byte[] content) throws IOException {
    return replace(name, content, secret);
  }

  /** Writes a file that never holds it. */
  Path plain(String name, byte[] content) throws IOException {
    return replace(name, content, false);
  }

  private Path replace(String name, byte[] content, boolean ownersAlone) throws IOException {
    Path to = folder.resolve(name);
    Path part = folder.resolve("." + name + ".part");
    Files.deleteIfExists(part);
    if (ownersAlone) {
      Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.write(part, content);
    Files.move(part, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return to;
  }
}
