// The command `coh-rtc image`: makes images; `coh-rtc doctor image` looks into them. Each of its commands has a file
// of its own.
package io.cohesix.rtc.image;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * `coh-rtc image …`. Exit codes: 0 done, 1 refused (the reason is on stderr, or with --json on
 * stdout), 2 usage.
 */
@Command(
    name = "image",
    description = "Makes boot images from loader, kernel and rootserver (doctor image looks into them).",
    subcommands = {
      QemuCommand.class, //
      QemuUbootCommand.class, //
      Pi4Command.class, //
      AwsCommand.class, //
      ProvisionImageCommand.class
    },
    mixinStandardHelpOptions = true)
public final class ImageCommand implements Runnable {
  @Spec CommandSpec spec;

  /** Made by picocli, which sets the fields before it runs anything. */
  @SuppressWarnings("NullAway.Init")
  public ImageCommand() {}

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: " + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }
}
