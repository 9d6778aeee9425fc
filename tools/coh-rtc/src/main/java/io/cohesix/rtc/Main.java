// Entry point of coh-rtc.
package io.cohesix.rtc;

import io.cohesix.rtc.cli.RootCommand;

/** The manifest compiler's main class. */
public final class Main {
  private Main() {}

  /** Runs one command; exit codes 0 ok, 1 findings or stale artefacts, 2 usage. */
  public static void main(String[] args) {
    System.exit(RootCommand.run(args));
  }
}
