// The same manifest gives the same bytes on every JDK, in every folder, locale and time zone.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.secrets.Blake3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeterminismTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"family.toml", "full.toml"})
  void everyJdkFolderLocaleAndTimeZoneGivesTheSameBytes(String manifest) throws Exception {
    Map<String, String> expected = compile(Path.of(System.getProperty("java.home")), manifest, "here", "en", "UTC", "UTF-8");
    assertTrue(expected.size() > 12, expected::toString);
    int number = 0;
    for (Path jdk : jdks()) {
      String where = "some where/else-" + number++;
      assertEquals(expected, compile(jdk, manifest, where, "tr", "Asia/Kathmandu", "ISO-8859-1"), jdk.toString());
      assertEquals(expected, compile(jdk, manifest, where + "-ar", "ar-u-nu-arab", "Pacific/Apia", "UTF-8"), jdk.toString());
    }
  }

  @Test
  void theJdkThatRunsTheTestsIsAmongThoseCompared() throws IOException {
    assertTrue(jdks().contains(Path.of(System.getProperty("java.home")).toRealPath()), jdks()::toString);
  }

  /** This JDK, $JAVA_HOME_25, and every JDK of version 17 or later beside it. */
  private static List<Path> jdks() throws IOException {
    List<Path> out = new ArrayList<>();
    Path mine = Path.of(System.getProperty("java.home")).toRealPath();
    out.add(mine);
    String other = System.getenv("JAVA_HOME_25");
    if (other != null) {
      out.add(Path.of(other).toRealPath());
    }
    Path beside = mine.getParent();
    if (beside != null) {
      try (Stream<Path> list = Files.list(beside)) {
        for (Path p : list.sorted().toList()) {
          Path release = p.resolve("release");
          if (Files.isRegularFile(release) && Files.isExecutable(p.resolve("bin/java"))
              && !out.contains(p.toRealPath()) && version(release) >= 17) {
            out.add(p.toRealPath());
          }
        }
      }
    }
    return out;
  }

  private static int version(Path release) throws IOException {
    for (String line : Files.readAllLines(release)) {
      if (line.startsWith("JAVA_VERSION=\"")) {
        String digits = line.substring(14).replaceAll("[^0-9].*", "");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
      }
    }
    return 0;
  }

  /** Runs a compile in a process of its own; returns the hash of each file that it wrote. */
  private Map<String, String> compile(Path jdk, String manifest, String where, String language, String zone, String charset)
      throws Exception {
    Project project = new Project(folder.resolve(where), manifest);
    Process p = new ProcessBuilder(jdk.resolve("bin/java").toString(), "-Duser.language=" + language, "-Duser.timezone=" + zone,
            "-Dfile.encoding=" + charset, "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
            "io.cohesix.rtc.Main", "compile", project.manifest().toString())
        .redirectErrorStream(true)
        .start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
    Map<String, String> out = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(project.root())) {
      for (Path f : walk.filter(Files::isRegularFile).toList()) {
        out.put(project.root().relativize(f).toString(), Blake3.hex(Blake3.sha256(Files.readAllBytes(f))));
      }
    }
    return out;
  }
}
