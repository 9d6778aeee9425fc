// A hive of one's own: the POSIX build of the same authority, on a free port of this machine.
package io.cohesix.core.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts {@code hive-hosted} and ends it on close. It also ends when this program does: its input is a pipe from here. */
public final class LocalTransport implements Transport {
  private static final String NAME = "hive-hosted";
  private static final long BOOT_MS = 10_000;

  private final Path binary;
  private final List<String> more;
  private @Nullable HiveProcess process;

  /** With a given binary and further arguments for it. */
  public LocalTransport(Path binary, List<String> more) {
    this.binary = binary;
    this.more = List.copyOf(more);
  }

  /**
   * Finds the binary: the given one, else {@code COHESIX_HIVE}, else beside the launcher, else the development build.
   *
   * @throws IllegalArgumentException when there is none; the message says where it was looked for
   */
  public static LocalTransport find(@Nullable Path given) {
    List<Path> places = new ArrayList<>();
    String variable = System.getenv("COHESIX_HIVE");
    if (given != null) {
      places.add(given);
    } else if (variable != null) {
      places.add(Path.of(variable));
    } else {
      String launcher = System.getProperty("cohesix.launcher.dir");
      if (launcher != null) {
        places.add(Path.of(launcher, NAME));
      }
      places.addAll(besideThisProgram());
      places.add(Path.of("seL4", "build", "posix-debug", NAME));
    }
    for (Path place : places) {
      if (Files.isExecutable(place)) {
        return new LocalTransport(place.toAbsolutePath(), List.of());
      }
    }
    throw new IllegalArgumentException(
        "no hive to start, looked for "
            + places
            + ": build it with scripts/cohesix-build-run.sh --no-run, or name it with --hive-binary or COHESIX_HIVE");
  }

  /** The jar's folder, its neighbour bin/, and the build folder of the checkout that the jar may stand in. */
  private static List<Path> besideThisProgram() {
    List<Path> places = new ArrayList<>();
    Path at = ProgramFiles.jar();
    for (int up = 0; at != null && up < 5; up++, at = at.getParent()) {
      places.add(at.resolve(NAME));
      places.add(at.resolve("bin").resolve(NAME));
      places.add(at.resolve("seL4/build/posix-debug").resolve(NAME));
    }
    return places;
  }

  @Override
  public Endpoint open() throws IOException {
    List<String> command =
        new ArrayList<>(List.of(binary.toString(), "--port", "0", "--exit-on-stdin-close"));
    command.addAll(more);
    HiveProcess started;
    try {
      started = new HiveProcess(command, BootLog::port);
    } catch (IOException e) {
      throw new IOException("can't start " + binary + ": " + e.getMessage(), e);
    }
    process = started;
    return new Endpoint("127.0.0.1", started.awaitPort(binary.toString(), BOOT_MS));
  }

  /** The started hive's process id, for tests; 0 before {@link #open}. */
  public long pid() {
    HiveProcess current = process;
    return current == null ? 0 : current.pid();
  }

  @Override
  public String hint() {
    return "the hive that was started (" + binary + ") is gone";
  }

  @Override
  public void close() {
    HiveProcess current = process;
    process = null;
    if (current != null) {
      current.end();
    }
  }
}
