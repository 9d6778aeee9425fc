// `cohsh audit verify FILE` checks a saved journal without a hive; `cohsh audit fetch` saves one.
package io.cohesix.cohsh;

import io.cohesix.core.Json;
import io.cohesix.core.audit.Journal;
import io.cohesix.core.audit.JournalException;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.UsageException;
import io.cohesix.core.shell.CommandResult;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks and fetches the journal of control writes. */
final class AuditCommand {
  private static final String JOURNAL = "/audit/journal";

  /** Far above what a hive keeps; saved journals may be put together. */
  private static final long MAX_BYTES = 1L << 30;

  @Command(
      name = "cohsh audit verify",
      sortOptions = false,
      synopsisHeading = "Usage: ",
      customSynopsis = {"cohsh audit verify [--head HEX] [--json] FILE", "       cohsh audit fetch [--force] [options of cohsh] FILE"},
      description = {
        "%nChecks a journal that was saved from /audit/journal: each entry's form, number, and the digest of the one before it."
            + " fetch saves it, over Secure9P, and checks it; a file that is there stays unless --force is given.%n"
      },
      footerHeading = "%nExit codes: ",
      footer = "0 ok, 1 broken, 2 usage; fetch also 3 unreachable")
  static final class Verify {
    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Option(names = "--head", paramLabel = "HEX", description = "The last entry's digest, as /audit/export said (head=).")
    @Nullable String head;

    @Option(names = "--json", description = "As JSON on standard output.")
    boolean json;

    @Parameters(index = "0", arity = "0..1", hidden = true)
    @Nullable Path file;
  }

  @Command(name = "cohsh audit fetch")
  static final class Fetch {
    @Mixin Options options = new Options();

    @Option(names = "--force", description = "Write over a file that is there.")
    boolean force;

    @Parameters(index = "0", hidden = true)
    @Nullable Path file;
  }

  private AuditCommand() {}

  static int run(String[] args, PrintWriter out, PrintWriter err) {
    String what = args.length > 1 ? args[1] : "";
    String[] rest = Arrays.copyOfRange(args, Math.min(2, args.length), args.length);
    if (what.equals("fetch") && !Arrays.asList(rest).contains("--help") && !Arrays.asList(rest).contains("-h")) {
      return fetch(rest, out, err);
    }
    boolean known = what.equals("verify") || what.equals("fetch");
    Verify given = new Verify();
    CommandLine line = new CommandLine(given);
    line.parseArgs(known ? rest : Arrays.copyOfRange(args, 1, args.length));
    if (line.isUsageHelpRequested()) {
      line.usage(out, CommandLine.Help.Ansi.OFF);
      return ExitCode.OK;
    }
    if (!known || given.file == null) {
      throw new UsageException("use cohsh audit verify [--head HEX] FILE or cohsh audit fetch FILE");
    }
    return verify(given, given.file, out, err);
  }

  private static int verify(Verify given, Path file, PrintWriter out, PrintWriter err) {
    if (given.head != null && !given.head.matches("[0-9a-f]{64}")) {
      throw new UsageException("--head is 64 lower-case hex digits, as head= in /audit/export");
    }
    try {
      Journal journal = Journal.parse(Inputs.file(file, "the journal", MAX_BYTES));
      if (given.head != null) {
        journal.expectHead(given.head);
      }
      out.println(given.json ? json(journal) : file + ": ok, " + summary(journal));
      return ExitCode.OK;
    } catch (JournalException e) {
      if (given.json) {
        out.println(
            "{\"ok\":false,\"line\":%d,\"error\":%s,\"expected\":%s}"
                .formatted(e.line(), Json.quote(e.what()), Json.quote(e.expected())));
      }
      err.println("cohsh: the journal " + file + " is broken: " + e.getMessage());
      return ExitCode.FAILED;
    }
  }

  /** What every entry begins with. Quotes inside of one are escaped, so that nothing else does. */
  private static final String ENTRY = "{\"seq\":";

  /** The entries as they are in the hive: an answer has lines of a frame at most, and long entries go over several. */
  static byte[] joined(List<String> lines) {
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      text.append(line.startsWith(ENTRY) && !text.isEmpty() ? "\n" : "").append(line);
    }
    return text.append(text.isEmpty() ? "" : "\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static int fetch(String[] args, PrintWriter out, PrintWriter err) {
    Fetch given = new Fetch();
    new CommandLine(given).parseArgs(args);
    Path file = given.file;
    if (file == null) {
      throw new UsageException("name the file to save the journal in: cohsh audit fetch FILE");
    }
    if (Files.exists(file) && !given.force) {
      throw new UsageException(file + " is there, and may hold entries that the hive has no more: name another file, or give --force");
    }
    given.options.protocol = Options.Protocol.secure9p;
    try (Session session = Session.open(given.options, err)) {
      CommandResult result = CommandResult.of(session.hive().cat(JOURNAL));
      if (!result.ok()) {
        new Output(out, err, given.options.json, false).result("audit fetch", result);
        return result.exitCode();
      }
      byte[] bytes = joined(result.lines());
      try (OutputStream saved = Inputs.create(file)) {
        saved.write(bytes);
      } catch (IOException e) {
        throw new UsageException("can't write the journal " + file + ": " + e.getMessage());
      }
      Journal journal = Journal.parse(bytes);
      out.println(given.options.json ? json(journal) : file + ": saved, " + summary(journal));
      return ExitCode.OK;
    } catch (JournalException e) {
      err.println("cohsh: the journal is saved in " + file + ", and broken: " + e.getMessage());
      return ExitCode.FAILED;
    }
  }

  private static String seq(Journal journal, int index) {
    return journal.entries().isEmpty() ? "0" : Long.toUnsignedString(journal.entries().get(index).seq());
  }

  private static String summary(Journal journal) {
    int n = journal.entries().size();
    String range = n == 0 ? "" : ", seq %s to %s".formatted(seq(journal, 0), seq(journal, n - 1));
    String older = n == 0 || seq(journal, 0).equals("1") ? "" : "\nolder entries are not in it";
    return n + " entries" + range + older + "\nchain head " + journal.head();
  }

  private static String json(Journal journal) {
    int n = journal.entries().size();
    return "{\"ok\":true,\"entries\":%d,\"first_seq\":%s,\"last_seq\":%s,\"digest_only\":%d,\"head\":%s}"
        .formatted(n, seq(journal, 0), seq(journal, Math.max(0, n - 1)), journal.digestOnly(), Json.quote(journal.head()));
  }
}
