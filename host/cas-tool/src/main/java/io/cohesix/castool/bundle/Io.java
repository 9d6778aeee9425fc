// Files: errors in words, writes that are whole or not there.
package io.cohesix.castool.bundle;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Helpers for files of bundles. */
final class Io {
  private Io() {}

  /** The reason without the path, which the sentence around it names. */
  static String why(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "it does not exist";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NotDirectoryException) {
      return "it is no folder";
    }
    if (e instanceof FileSystemException known && known.getReason() != null) {
      return known.getReason();
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** A file of at most so many bytes. */
  static byte[] read(Path file, String what, long maxBytes) throws BundleException {
    try {
      long size = Files.size(file);
      if (size > maxBytes) {
        throw new BundleException(what + " " + file + " has " + size + " bytes, at most " + maxBytes + " are allowed");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new BundleException("can't read " + what + " " + file + ": " + why(e));
    }
  }

  /** Writes a file so that it has its old content or its new one, whatever happens in between. */
  static void write(Path file, byte[] content) throws BundleException {
    Path fresh = file.resolveSibling("." + file.getFileName() + ".new");
    try {
      Files.write(fresh, content);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new BundleException("can't write " + file + ": " + why(e));
    }
  }

  static void createFolder(Path folder) throws BundleException {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new BundleException("can't make the folder " + folder + ": " + why(e));
    }
  }
}
