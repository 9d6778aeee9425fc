// Entry point of coh-rtc.
package io.cohesix.rtc;

import io.cohesix.rtc.cli.RootCommand;
import java.io.IOException;
import java.io.InputStream;

/** The manifest compiler's main class. */
public final class Main {
  private Main() {}

  /** Runs one command; exit codes 0 ok, 1 findings or stale artefacts, 2 usage. */
  public static void main(String[] args) {
    if (args.length == 1 && args[0].equals("--help") && helpFromResource()) {
      return;
    }
    System.exit(RootCommand.run(args));
  }

  /** The usage text as a file beside this class (HelpTest keeps it equal to what picocli prints): a third of the start-up time. */
  private static boolean helpFromResource() {
    try (InputStream in = Main.class.getResourceAsStream("help.txt")) {
      if (in == null) {
        return false;
      }
      in.transferTo(System.out);
      System.out.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
