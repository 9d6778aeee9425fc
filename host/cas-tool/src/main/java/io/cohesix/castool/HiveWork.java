// What every subcommand is that goes to a hive.
package io.cohesix.castool;

import io.cohesix.castool.upload.Hives;
import io.cohesix.core.cli.HiveOptions;
import io.cohesix.core.policy.ClientPolicy;
import picocli.CommandLine.Mixin;

/** A subcommand with the way to a hive; updates and models are the queen's. */
abstract class HiveWork extends Work {
  @Mixin HiveOptions hive = new HiveOptions();

  /** The hive that the options name; nothing is connected yet. */
  final Hives hives() {
    ClientPolicy policy = hive.policy();
    return new Hives(hive.transport(), new Hives.Identity(hive.role(), hive.token(), hive.ticket()), policy);
  }
}
