// `telemetry push <file> --device <id>`: a local file into a device's segments, or with --ref a reference to it.
package io.cohesix.core.shell;

import io.cohesix.core.Hive;
import io.cohesix.core.telemetry.Envelopes;
import io.cohesix.core.telemetry.Push;
import io.cohesix.core.telemetry.PushException;
import io.cohesix.core.telemetry.PushLimits;
import io.cohesix.core.telemetry.References;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The telemetry command. */
final class TelemetryCommand {
  static final String USAGE = "telemetry push <file> --device <id> [--ref [--uri <uri>]]";

  /** What was typed. */
  private record Request(String file, String device, boolean reference, @Nullable String uri) {}

  private final Hive hive;
  private final ShellContext context;

  TelemetryCommand(Hive hive, ShellContext context) {
    this.hive = hive;
    this.context = context;
  }

  CommandResult run(List<String> words) {
    Request request = parse(words);
    if (request == null) {
      return CommandResult.usage("usage: " + USAGE);
    }
    try {
      Path file = context.base().resolve(request.file());
      if (!Files.isRegularFile(file)) {
        throw new NoFileException();
      }
      Push push = new Push(hive, request.device(), PushLimits.defaults(), context.progress());
      return result(request, request.reference() ? reference(request, file, push) : text(file, push));
    } catch (PushException e) {
      return CommandResult.refused("ERR TELEMETRY " + e.words(), request.file() + ": " + e.getMessage());
    } catch (NoFileException | InvalidPathException e) {
      return CommandResult.refused("ERR TELEMETRY reason=policy detail=no-file", request.file() + ": there is no such file");
    } catch (IOException e) {
      return CommandResult.refused("ERR TELEMETRY reason=policy detail=unreadable", request.file() + ": " + e.getMessage());
    }
  }

  /** There is no such file. */
  private static final class NoFileException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private static @Nullable Request parse(List<String> words) {
    String file = null;
    String device = null;
    String uri = null;
    boolean reference = false;
    if (words.isEmpty() || !words.get(0).equals("push")) {
      return null;
    }
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      boolean last = i + 1 == words.size();
      if (word.equals("--ref")) {
        reference = true;
      } else if (word.equals("--device") && !last && device == null) {
        device = words.get(++i);
      } else if (word.equals("--uri") && !last && uri == null) {
        uri = words.get(++i);
      } else if (!word.startsWith("--") && file == null) {
        file = word;
      } else {
        return null;
      }
    }
    if (file == null || device == null || (uri != null && !reference)) {
      return null;
    }
    return new Request(file, device, reference, uri);
  }

  private Push.Result text(Path file, Push push) throws PushException, IOException {
    String name = String.valueOf(file.getFileName());
    String mime =
        Envelopes.mime(name)
            .orElseThrow(
                () ->
                    new PushException(
                        "reason=policy detail=extension",
                        "its name must end in one of " + Envelopes.endings() + "; push a reference to anything else with --ref"));
    int most = PushLimits.defaults().deviceBytes();
    if (Files.size(file) > most) {
      throw new PushException(
          "reason=quota detail=too-big bytes=" + Files.size(file) + " limit=" + most,
          "it has " + Files.size(file) + " bytes, a device holds " + most + ": push a reference to it with --ref");
    }
    return push.run(mime, Envelopes.of(Files.readAllBytes(file), mime, push.recordBytes()));
  }

  private Push.Result reference(Request request, Path file, Push push) throws PushException, IOException {
    String name = String.valueOf(file.getFileName());
    String uri = request.uri() == null ? file.toAbsolutePath().normalize().toUri().toString() : request.uri();
    long[] said = {0};
    String manifest =
        References.of(
            file,
            name,
            uri,
            PushLimits.defaults().withRecordBytes(push.recordBytes()),
            done -> {
              if (done - said[0] >= 64 << 20) {
                said[0] = done;
                context.progress().accept(name + ": " + done + " bytes read");
              }
            });
    return push.run("application/json", List.of(manifest));
  }

  private static CommandResult result(Request request, Push.Result pushed) {
    String where = String.join(",", pushed.segments());
    if (pushed.stopped() == null) {
      return CommandResult.ok(
          "OK TELEMETRY device=%s segment=%s records=%d bytes=%d"
              .formatted(request.device(), where, pushed.records(), pushed.bytes()),
          List.of());
    }
    CommandResult stopped = CommandResult.of(pushed.stopped());
    String kept = pushed.records() == 0 ? "nothing was stored" : pushed.records() + " records are stored in " + where;
    return new CommandResult(
        stopped.kind(), stopped.ack(), List.of(), (stopped.message().isEmpty() ? "" : stopped.message() + "; ") + kept);
  }
}
