// The bill of materials: what it must hold, and what it refuses to leave out.
package io.cohesix.release.sbom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.release.Main;
import io.cohesix.release.Refused;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.Dependency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SbomTest {
  private static final String LIBRARY =
      """
      {"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
       "metadata":{"component":{"type":"library","bom-ref":"pkg:maven/io.cohesix/one@1","group":"io.cohesix","name":"one","version":"1",
         "purl":"pkg:maven/io.cohesix/one@1"}},
       "components":[{"type":"library","bom-ref":"pkg:maven/a/b@2","group":"a","name":"b","version":"2","purl":"pkg:maven/a/b@2",
         "licenses":[%s]%s}],
       "dependencies":[{"ref":"pkg:maven/io.cohesix/one@1","dependsOn":["pkg:maven/a/b@2"]}]}
      """;
  private static final String APACHE = "{\"license\":{\"id\":\"Apache-2.0\"}}";
  private static final String LINKED = "library\tlwip\t2.1.3\tBSD-3-Clause\tpkg:generic/lwip@2.1.3\tCopyright (c) who\tThe stack.\n";

  @TempDir Path dir;

  private Sbom sbom(String licence, String more) throws Exception {
    Sbom sbom = new Sbom("Cohesix", "1", Instant.ofEpochSecond(1_767_225_600));
    sbom.program(
        Files.writeString(dir.resolve("one.jar"), "jar"),
        Files.writeString(dir.resolve("bom.json"), LIBRARY.formatted(licence, more)));
    return sbom;
  }

  @Test
  void aDocumentHoldsProgramsWhatTheyAreMadeOfAndWhatTheImageLinks() throws Exception {
    Sbom sbom = sbom(APACHE, "");
    sbom.image(Files.writeString(dir.resolve("cohesix-qemu.img"), "image"), Files.writeString(dir.resolve("linked"), LINKED));
    Bom bom = sbom.bom();
    assertEquals(
        List.of("image", "pkg:generic/lwip@2.1.3", "pkg:maven/a/b@2", "pkg:maven/io.cohesix/one@1"),
        bom.getComponents().stream().map(Component::getBomRef).toList());
    Component program = bom.getComponents().get(3);
    assertEquals(Component.Type.APPLICATION, program.getType());
    byte[] sum = MessageDigest.getInstance("SHA-256").digest("jar".getBytes(StandardCharsets.UTF_8));
    assertEquals(HexFormat.of().formatHex(sum), program.getHashes().get(0).getValue());
    Dependency release = bom.getDependencies().get(0);
    assertEquals(
        List.of("pkg:maven/io.cohesix/one@1", "image"), release.getDependencies().stream().map(Dependency::getRef).toList());
    String text = Licences.thirdParty(bom);
    assertTrue(text.contains("lwip 2.1.3  BSD-3-Clause\n    Copyright (c) who\n    The stack.\n"), text);
    assertTrue(text.contains("a:b 2  Apache-2.0\n"), text);
    assertTrue(text.contains("Redistribution and use in source and binary forms"), text);
    assertTrue(!text.contains("io.cohesix:one"), text);
  }

  @Test
  void theSameInputGivesTheSameBytesAndAnotherJarDoesNot() throws Exception {
    String first = Sbom.json(sbom(APACHE, "").bom());
    assertEquals(first, Sbom.json(sbom(APACHE, "").bom()));
    Sbom other = new Sbom("Cohesix", "1", Instant.ofEpochSecond(1_767_225_600));
    other.program(Files.writeString(dir.resolve("one.jar"), "other jar"), dir.resolve("bom.json"));
    assertTrue(!first.equals(Sbom.json(other.bom())));
  }

  @Test
  void aLibraryWithoutALicenceOrItsCopyrightIsNamed() {
    String none = "{\"license\":{\"name\":\"Our own terms\"}}";
    assertEquals(
        "a:b names no licence by its SPDX identifier: add it to licences.properties, as its authors say",
        assertThrows(Refused.class, () -> sbom(none, "")).getMessage());
    String mit = "{\"license\":{\"id\":\"MIT\"}}";
    assertEquals(
        "a:b has licence MIT, which asks for the copyright line: add it to licences.properties",
        assertThrows(Refused.class, () -> sbom(mit, "")).getMessage());
  }

  @Test
  void aDocumentThatIsNotWhatTheSchemaSaysIsRefused() throws Exception {
    Path good = Files.writeString(dir.resolve("good.json"), Sbom.json(sbom(APACHE, "").bom()));
    assertEquals("", check(good, 0));
    Path wrong = Files.writeString(dir.resolve("wrong.json"), Files.readString(good).replace("\"application\"", "\"program\""));
    assertTrue(check(wrong, 1).startsWith("coh-release: " + wrong + ": "), check(wrong, 1));
    assertTrue(check(wrong, 1).contains("does not have a value in the enumeration"), check(wrong, 1));
    assertTrue(check(Files.writeString(dir.resolve("text"), "kind=development"), 1).startsWith("coh-release: "));
    assertTrue(check(dir.resolve("none"), 1).startsWith("coh-release: java.nio.file.NoSuchFileException: "));
  }

  private static String check(Path file, int code) {
    StringWriter said = new StringWriter();
    PrintWriter to = new PrintWriter(said, true);
    assertEquals(code, Main.run(to, to, "sbom", "--check", file.toString()), said.toString());
    return said.toString();
  }
}
