// The command line's root: names the subcommands.
package io.cohesix.castool;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of {@code cas-tool} without a subcommand. */
@Command(
    name = "cas-tool",
    version = "cas-tool 0.1.0",
    sortOptions = false,
    usageHelpAutoWidth = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "cas-tool COMMAND [options]",
      "       cas-tool COMMAND --help",
      "       cas-tool --bash-completion"
    },
    description = {"%nPacks, signs, verifies and uploads updates and models of a Cohesix hive.%n"},
    commandListHeading = "%nCommands:%n",
    subcommands = {
      Pack.class, Sign.class, Verify.class, Show.class, PublicKeyOf.class, Upload.class, StatusOf.class, Discard.class, ModelCommand.class
    },
    footerHeading = "%nExit codes: ",
    footer = {
      "0 done, 1 refused or failed, 2 usage, 3 unreachable, 4 internal",
      "Environment: COHESIX_AUTH_TOKEN, COHESIX_TICKET, COHESIX_HIVE, NO_COLOR"
    })
final class CasTool {
  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  boolean help;

  @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show the version.")
  boolean version;

  @Option(names = "--bash-completion", description = "Print a completion script: source <(cas-tool --bash-completion).")
  boolean bashCompletion;
}
