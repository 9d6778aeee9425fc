// The command `coh-rtc doctor`: looks into what was made, and says what is wrong with it.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** `coh-rtc doctor …`. Exit codes: 0 sound, 1 something is wrong, 2 usage, or a file that is not there or can't be read. */
@Command(
    name = "doctor",
    description = "Looks into an image: what is in it, what will happen at boot, what is missing or stale.",
    subcommands = DoctorCommand.Image.class,
    mixinStandardHelpOptions = true)
public final class DoctorCommand implements Runnable {
  private static final String COMPILED = "out/manifests/root_task_resolved.json";

  @Spec CommandSpec spec;

  /** Made by picocli, which sets the fields before it runs anything. */
  @SuppressWarnings("NullAway.Init")
  public DoctorCommand() {}

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "say what to look into: image FILE");
  }

  /** `coh-rtc doctor image`. */
  @Command(
      name = "image",
      description =
          "Opens a flat image, a system archive, a FAT volume or a disk; says what is in it, what will happen"
              + " at boot stage by"
              + " stage, and what is missing or stale. Exit codes: 0 sound, 1 something is wrong, 2 usage, or a file"
              + " that is not there or can't be read.",
      mixinStandardHelpOptions = true)
  static final class Image implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "what coh-rtc image made, or a copy of it")
    Path file;

    @Option(
        names = "--manifest-json",
        paramLabel = "FILE",
        description = "the resolved manifest that it should be of (default: " + COMPILED + " where there is one)")
    @Nullable Path manifest;

    @Option(names = "--json", description = "the result as JSON on stdout")
    boolean json;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Image() {}

    @Override
    public Integer call() {
      Path current = manifest != null ? manifest : Path.of(COMPILED);
      boolean compare = manifest != null || Files.isRegularFile(current);
      Path reads = current;
      try {
        Examination e = new Examination(compare ? new Octets(Files.readAllBytes(current)) : null, current.toString());
        reads = file;
        Artefact artefact = Artefact.read(file);
        e.check(file.toString(), () -> Doctor.examine(artefact, beside(), e));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
          out.println(Outcome.print(e.json(file.toString())));
        } else {
          e.print(file.toString(), out);
        }
        out.flush();
        return e.sound() ? 0 : 1;
      } catch (ImageException e) {
        return Outcome.failed(spec, "doctor", json, reads + ": " + e.getMessage());
      } catch (IOException e) {
        return Outcome.failed(spec, "doctor", json, reads + ": " + unreadable(reads, e), 2);
      }
    }

    private static String unreadable(Path file, IOException e) {
      if (!Files.exists(file)) {
        return "no such file: name what coh-rtc image made, or a copy of it";
      }
      if (Files.isDirectory(file)) {
        return "is a folder: name a file in it";
      }
      return Files.isReadable(file) ? "can't be read: " + e.getMessage() : "may not be read by this user";
    }

    private Map<String, Octets> beside() {
      Map<String, Octets> out = new TreeMap<>();
      if (Files.isRegularFile(file.resolveSibling(Doctor.KEYS))) {
        out.put(Doctor.KEYS, new Octets(new byte[0])); // a secret: that it is there is enough
      }
      for (String name : new String[] {BootImage.MANIFEST, BootImage.MANIFEST_SUM}) {
        try {
          Path p = file.resolveSibling(name);
          if (Files.isRegularFile(p)) {
            out.put(name, new Octets(Files.readAllBytes(p)));
          }
        } catch (IOException e) {
          throw new ImageException(name + " beside it can't be read: " + e, e);
        }
      }
      return out;
    }
  }
}
