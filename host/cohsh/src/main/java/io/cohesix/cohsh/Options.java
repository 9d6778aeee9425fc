// The command line. Only this and Main are loaded for --help; everything else waits until it is needed.
package io.cohesix.cohsh;

import io.cohesix.core.cli.HiveOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of {@code cohsh}. */
@Command(
    name = "cohsh",
    version = "cohsh 0.1.0",
    sortOptions = false,
    usageHelpAutoWidth = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "cohsh [options]                        a prompt",
      "       cohsh [options] -c COMMAND ...         run commands, then end",
      "       cohsh [options] --script FILE          run a .coh script",
      "       cohsh --check FILE ...                 check a script's syntax only",
      "       cohsh [options] --replay-trace FILE    send a recorded session again and compare",
      "       cohsh trace show|verify FILE           look at a trace, check it; no hive",
      "       cohsh audit verify|fetch FILE          check a saved journal, save one",
      "       cohsh --mint-ticket --role ROLE ...    make a capability ticket"
    },
    description = {"%nThe operator's shell for a Cohesix hive.%n"},
    footerHeading = "%nExit codes: ",
    footer = {
      "0 ok, 1 refused or failed, 2 usage, 3 unreachable, 4 internal",
      "Environment: COHESIX_AUTH_TOKEN, COHESIX_TICKET, COHESIX_TICKET_SECRET, COHESIX_HIVE, NO_COLOR"
    })
final class Options {
  /** What is spoken with it. */
  enum Protocol {
    console,
    secure9p
  }

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  boolean help;

  @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show the version.")
  boolean version;

  @Mixin HiveOptions hive = new HiveOptions();

  @Option(names = "--protocol", paramLabel = "NAME",
      description = "console or secure9p, with any transport. Default: console, or what --transport says.")
  @Nullable Protocol protocol;

  @Option(names = "-c", paramLabel = "COMMAND", description = "Run this command; may be given several times.")
  List<String> commands = new ArrayList<>();

  @Option(names = "--script", paramLabel = "FILE", description = "Run this .coh script.")
  @Nullable Path script;

  @Option(names = "--check", paramLabel = "FILE", arity = "1..*", description = "Check these scripts' syntax.")
  List<Path> check = new ArrayList<>();

  @Option(names = "--record-transcript", paramLabel = "FILE",
      description = "Write what was run and answered, with times and platform facts masked.")
  @Nullable Path transcript;

  @Option(names = "--record-trace", paramLabel = "FILE",
      description = "Write what the session sends and receives as a trace, without tokens and tickets.")
  @Nullable Path recordTrace;

  @Option(names = "--replay-trace", paramLabel = "FILE",
      description = "Send a trace's commands to a fresh hive and compare the answers.")
  @Nullable Path replayTrace;

  @Option(names = "--json", description = "Results as JSON on standard output.")
  boolean json;

  @Option(names = "--bash-completion",
      description = "Print a completion script: source <(cohsh --bash-completion).")
  boolean bashCompletion;

  @Option(names = "--mint-ticket", description = "Make a ticket and print it.")
  boolean mintTicket;

  @ArgGroup(validate = false, heading = "%nFor --mint-ticket:%n")
  Mint mint = new Mint();

  /** What a ticket holds. */
  static final class Mint {
    @Option(names = "--subject", paramLabel = "ID", description = "Whom it is for, e.g. worker-1.")
    @Nullable String subject;

    @Option(names = "--ttl", paramLabel = "SECONDS", description = "How long it is valid from when it was issued.")
    @Nullable Long ttl;

    @Option(names = "--ops", paramLabel = "N", description = "Budget of namespace operations.")
    @Nullable Long ops;

    @Option(names = "--ticks", paramLabel = "N", description = "Budget of scheduler ticks.")
    @Nullable Long ticks;

    @Option(names = "--scope", paramLabel = "PATH:VERB[:RATE]",
        description = "Confine to a path; VERB is read, write or both; RATE per second. May be given several times.")
    List<String> scopes = new ArrayList<>();

    @Option(names = "--bandwidth-bytes", paramLabel = "N", description = "Quota of bytes.")
    @Nullable Long bandwidthBytes;

    @Option(names = "--cursor-resumes", paramLabel = "N", description = "Quota of cursor resumes.")
    @Nullable Long cursorResumes;

    @Option(names = "--cursor-advances", paramLabel = "N", description = "Quota of cursor advances.")
    @Nullable Long cursorAdvances;

    @Option(names = "--mount", paramLabel = "SERVICE=PATH", description = "Mount a service at a path.")
    @Nullable String mount;

    @Option(names = "--issued-at-ms", paramLabel = "MS",
        description = "Unix milliseconds; 0: the time to live runs from the first use. Default: now.")
    @Nullable Long issuedAtMs;

    @Option(names = "--secret-file", paramLabel = "FILE",
        description = "The role's secret; else COHESIX_TICKET_SECRET.")
    @Nullable Path secretFile;
  }
}
