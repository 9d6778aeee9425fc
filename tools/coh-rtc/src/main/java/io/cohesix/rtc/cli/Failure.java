// What a command says when a file can't be read or written.
package io.cohesix.rtc.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;

/** Turns exceptions into one line and an exit code. */
final class Failure {
  private Failure() {}

  static int report(Exception e, CommandLine cmd) throws Exception {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    int code = 1;
    if (e instanceof NoSuchFileException missing) {
      message = "no file " + missing.getFile() + "; " + (missing.getReason() == null ? "name an existing one" : missing.getReason());
      code = 2;
    } else if (e instanceof FileSystemException f && f.getFile() != null) {
      message = f.getFile() + ": " + why(f);
    } else if (!(e instanceof IOException || e instanceof IllegalArgumentException)) {
      throw e;
    }
    cmd.getErr().println("coh-rtc: " + message);
    return code;
  }

  /** What was wrong, without the file that an exception may name. */
  static String why(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "something that is not a folder is in the way";
    }
    String why = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return why == null ? e.getClass().getSimpleName() : why;
  }
}
