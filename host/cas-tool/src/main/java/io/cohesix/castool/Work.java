// What every subcommand is.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.upload.UploadException;
import picocli.CommandLine.Option;

/** A subcommand: the options that all have, and its work. */
abstract class Work {
  @Option(names = "--json", description = "The result as one JSON object.")
  boolean json;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  boolean help;

  /**
   * Does it.
   *
   * @return the exit code
   */
  abstract int run(Output output) throws BundleException, UploadException;
}
