// diff names changed keys, pools and artefacts, and never a secret.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.validate.Validation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DifferenceTest {
  @TempDir Path folder = Path.of("");

  @Test
  void aManifestDoesNotDifferFromItself() throws Exception {
    Validation v = new Project(folder, "full.toml").validate();
    assertEquals(List.of("no difference"), Difference.of(v, v).lines());
  }

  @Test
  void aChangedSizeNamesItsKeyItsPoolsAndItsTables() throws Exception {
    Project project = new Project(folder, "full.toml");
    Validation before = project.validate();
    project.write("configs/root_task.toml", Project.resource("full.toml").replace("max = 2000", "max = 2001"));
    List<String> lines = Difference.of(before, project.validate()).lines();
    assertTrue(lines.contains("workers.max: 2000 -> 2001"), lines::toString);
    assertTrue(lines.contains("pool rings: 8192000 bytes -> 8196096 bytes"), lines::toString);
    assertTrue(lines.contains("artefact manifest.h changes"), lines::toString);
    assertFalse(lines.contains("artefact cohsh_policy.toml changes"), lines::toString);
  }

  @Test
  void aChangedSecretShowsAsKeyIds() throws Exception {
    Project project = new Project(folder, "full.toml");
    Validation before = project.validate();
    project.write("configs/root_task.toml", Project.resource("full.toml").replace("hidden-queen", "hidden-other"));
    List<String> lines = Difference.of(before, project.validate()).lines();
    assertTrue(lines.get(0).startsWith("tickets[1].secret: key id "), lines::toString);
    assertFalse(lines.toString().contains("hidden"), lines::toString);
  }
}
