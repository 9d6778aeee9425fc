// Where this program lies, for what lies beside it.
package io.cohesix.core.transport;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/** Places of the program's own files. */
final class ProgramFiles {
  private ProgramFiles() {}

  /** This program's jar, or the folder of its classes; null where that can't be told. */
  static @Nullable Path jar() {
    try {
      CodeSource source = ProgramFiles.class.getProtectionDomain().getCodeSource();
      return source == null ? null : Path.of(source.getLocation().toURI()).toAbsolutePath();
    } catch (URISyntaxException | SecurityException e) {
      return null;
    }
  }
}
