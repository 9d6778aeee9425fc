// What a command may use besides its hive.
package io.cohesix.core.shell;

import io.cohesix.core.Hive;
import io.cohesix.core.policy.ClientPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A shell's surroundings.
 *
 * @param policy what clients may do
 * @param base where relative names of local files begin
 * @param progress told what a long command is at
 * @param opener makes further sessions with the same hive
 */
public record ShellContext(ClientPolicy policy, Path base, Consumer<String> progress, Opener opener) {

  /** Makes sessions. */
  public interface Opener {
    /**
     * A further session with the same hive and identity, connected lazily; the caller closes it.
     *
     * @throws IOException when there can't be one
     */
    Hive open() throws IOException;
  }

  /** The working folder, nobody to tell, one session only. */
  public static ShellContext plain(ClientPolicy policy) {
    return new ShellContext(
        policy,
        Path.of(""),
        line -> {},
        () -> {
          throw new IOException("this shell has one session only");
        });
  }

  /** The same with local files below another folder. */
  public ShellContext withBase(Path folder) {
    return new ShellContext(policy, folder, progress, opener);
  }
}
