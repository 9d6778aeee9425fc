// The command `coh-rtc image info`: what is in a flat image.
package io.cohesix.rtc.image;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Exit codes as {@link ImageCommand}. */
@Command(name = "info", description = "Checks an image's sums and lists its payloads.", mixinStandardHelpOptions = true)
final class InfoCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "cohesix-qemu.img")
  Path file;

  @Option(names = "--json", description = "the result as JSON on stdout")
  boolean json;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  InfoCommand() {}

  @Override
  public Integer call() {
    return Outcome.of(
        spec,
        json,
        () -> {
          byte[] image = OutputFolder.bytes(file);
          try {
            return Outcome.describe(file.toString(), image, FlatImage.read(image));
          } catch (ImageException e) {
            throw new ImageException(file + ": " + e.getMessage(), e);
          }
        });
  }
}
