// Every fixture manifest gives exactly the findings that its last lines name, and every red line has a fixture.
package io.cohesix.rtc.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.manifest.Finding;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.secrets.SecretStore;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ManifestFixturesTest {
  private static final String EXPECT = "# expect: ";

  @TempDir Path folder = Path.of("");

  static Stream<String> fixtures() throws IOException, URISyntaxException {
    URL url = ManifestFixturesTest.class.getResource("/manifests");
    if (url == null) {
      throw new IllegalStateException("no fixtures");
    }
    try (Stream<Path> list = Files.list(Path.of(url.toURI()))) {
      return list.map(p -> String.valueOf(p.getFileName())).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void givesExactlyTheFindingsThatItNames(String name) {
    List<String> expected = new ArrayList<>();
    for (String line : Project.resource("manifests/" + name).lines().toList()) {
      if (line.startsWith(EXPECT) && !line.equals(EXPECT + "nothing")) {
        expected.add(name + ':' + line.substring(EXPECT.length()));
      }
    }
    // {sum}: what the pools of the default manifest need, so that a pool's size is written in one place only
    String sum = Long.toString(PoolTable.sum(validation("manifests/ok-minimal.toml").manifest(), ""));
    expected.replaceAll(line -> line.replace("{sum}", sum));
    assertEquals(expected, findings(name).stream().map(Finding::text).toList());
    assertEquals(name.startsWith("ok-"), expected.isEmpty(), "only fixtures named ok-* expect nothing");
  }

  @Test
  void defaultsFollowTheShardsWhenTheAliasIsOff() {
    Manifest m = validation("manifests/ok-without-alias.toml").manifest();
    assertEquals("/shard", m.text("swarmui.paths.worker_root"));
    assertEquals(List.of("/proc", "/queen", "/shard", "/log", "/gpu", "/host"), m.texts("client_policies.coh.mount.allowlist"));
  }

  @Test
  void everyRedLineHasAFixture() throws Exception {
    Set<String> missing = new TreeSet<>();
    for (RedLine line : RedLine.values()) {
      missing.add(line.id());
    }
    fixtures().flatMap(n -> findings(n).stream()).forEach(f -> missing.remove(f.rule()));
    assertEquals(Set.of(), missing);
  }

  @Test
  void everyKindOfErrorHasAFixture() throws Exception {
    Set<String> missing = new TreeSet<>(List.of("type", "range", "bytes", "choice", "form", "required", "unknown-key",
        "duplicate-key", "syntax", "schema", "deprecated", "ticket-role", "ticket-secret", "token-secret", "secret-ref",
        "key-id", "rule-id", "mount-target", "sidecar-id", "sidecar-mount", "mount-depth", "ingest-zero", "order", "cas-store", "host-isolation",
        "affinity-workers", "ipv4-host", "ipv4-gateway", "dhcp-retries",
        "seat-required", "seat-profile", "seat-driver", "seat-device", "seat-console"));
    fixtures().flatMap(n -> findings(n).stream()).forEach(f -> missing.remove(f.rule()));
    assertEquals(Set.of(), missing);
  }

  private List<Finding> findings(String name) {
    return validation("manifests/" + name).findings();
  }

  private Validation validation(String resource) {
    Project project = new Project(folder, resource);
    String name = resource.substring("manifests/".length());
    return Validation.of(name, Project.resource(resource), new SecretStore(project.root(), Project.ENV));
  }
}
