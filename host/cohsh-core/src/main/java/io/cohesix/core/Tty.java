// Whether people sit in front of the standard streams.
package io.cohesix.core;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Terminal detection that works on every Java from 17 on. */
public final class Tty {
  private Tty() {}

  /** Standard input and output are a terminal. */
  public static boolean present() {
    return terminal(0) && terminal(1);
  }

  /** Standard output is a terminal. */
  public static boolean output() {
    return terminal(1);
  }

  /** Standard error is a terminal. */
  public static boolean errors() {
    return terminal(2);
  }

  private static boolean terminal(int fd) {
    Path link = Path.of("/proc/self/fd/" + fd);
    try {
      if (Files.isSymbolicLink(link)) {
        String target = Files.readSymbolicLink(link).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
      }
    } catch (IOException e) {
      return false;
    }
    return console();
  }

  /** Elsewhere than on Linux. Since Java 22 a Console exists without a terminal too, and has isTerminal() to tell. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean console() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
