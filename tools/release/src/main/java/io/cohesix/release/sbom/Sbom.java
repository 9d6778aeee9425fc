// One CycloneDX document for a release: programs, what their jars are made of, the image and what is linked into it.
package io.cohesix.release.sbom;

import io.cohesix.release.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.cyclonedx.Version;
import org.cyclonedx.exception.GeneratorException;
import org.cyclonedx.exception.ParseException;
import org.cyclonedx.generators.BomGeneratorFactory;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.Dependency;
import org.cyclonedx.model.Hash;
import org.cyclonedx.model.Metadata;
import org.cyclonedx.parsers.JsonParser;

/** Builds the document: the same for the same input. Not for several threads. */
final class Sbom {
  static final Version SCHEMA = Version.VERSION_16;
  private static final String OWN = "io.cohesix";

  private final Component release;
  private final Instant time;
  private final Licences licences = new Licences();
  private final Map<String, Component> components = new TreeMap<>();
  private final Map<String, Dependency> dependencies = new TreeMap<>();
  private final List<String> parts = new ArrayList<>();

  /** For a release by name and version, made at a time that is the same for the same sources. */
  Sbom(String name, String version, Instant time) {
    this.time = time;
    this.release = new Component();
    release.setType(Component.Type.APPLICATION);
    release.setGroup(OWN);
    release.setName(name);
    release.setVersion(version);
    release.setLicenses(Licences.choice("Apache-2.0"));
    release.setBomRef("release");
  }

  /** A program: its jar, and the document that the build made of what is in it. */
  void program(Path jar, Path made) throws IOException {
    Bom bom = parse(made);
    Component program = bom.getMetadata().getComponent();
    program.setType(Component.Type.APPLICATION);
    program.setLicenses(Licences.choice("Apache-2.0"));
    program.setHashes(List.of(sha256(jar)));
    add(program);
    parts.add(program.getBomRef());
    for (Component c : bom.getComponents()) {
      licences.apply(c);
      add(c);
    }
    bom.getDependencies().forEach(d -> dependencies.putIfAbsent(d.getRef(), d));
  }

  /**
   * The image and what is linked into it.
   *
   * @param file cohesix-qemu.img
   * @param linked a line for each, with tabs between: type (library, operating-system), name, version, SPDX identifier, purl,
   *     copyright, description
   */
  void image(Path file, Path linked) throws IOException {
    Component image = new Component();
    image.setType(Component.Type.FIRMWARE);
    image.setGroup(OWN);
    image.setName(String.valueOf(file.getFileName()));
    image.setVersion(release.getVersion());
    image.setLicenses(Licences.choice("Apache-2.0"));
    image.setBomRef("image");
    image.setHashes(List.of(sha256(file)));
    Dependency all = new Dependency(image.getBomRef());
    for (String line : Files.readAllLines(linked)) {
      String[] f = line.split("\t", -1);
      if (f.length != 7) {
        throw new Refused(linked + ": a line has " + f.length + " fields, it needs 7: " + line);
      }
      Component c = new Component();
      c.setType(f[0].equals("operating-system") ? Component.Type.OPERATING_SYSTEM : Component.Type.LIBRARY);
      c.setName(f[1]);
      c.setVersion(f[2]);
      c.setLicenses(Licences.choice(f[3]));
      c.setPurl(f[4]);
      c.setBomRef(f[4]);
      c.setCopyright(f[5]);
      c.setDescription(f[6]);
      add(c);
      all.addDependency(new Dependency(c.getBomRef()));
    }
    add(image);
    parts.add(image.getBomRef());
    dependencies.put(all.getRef(), all);
  }

  private void add(Component c) {
    components.putIfAbsent(c.getBomRef(), c);
  }

  /** The document. */
  Bom bom() {
    Bom bom = new Bom();
    Metadata metadata = new Metadata();
    metadata.setTimestamp(Date.from(time));
    metadata.setComponent(release);
    bom.setMetadata(metadata);
    List<Component> sorted = new ArrayList<>(components.values());
    sorted.sort(Comparator.comparing(Component::getBomRef));
    bom.setComponents(sorted);
    Dependency root = new Dependency(release.getBomRef());
    parts.forEach(p -> root.addDependency(new Dependency(p)));
    List<Dependency> edges = new ArrayList<>();
    edges.add(root);
    edges.addAll(dependencies.values());
    bom.setDependencies(edges);
    bom.setSerialNumber("urn:uuid:" + UUID.nameUUIDFromBytes(text(bom).getBytes(StandardCharsets.UTF_8)));
    return bom;
  }

  /** As JSON, checked against the schema. */
  static String json(Bom bom) throws IOException {
    String text = text(bom);
    List<ParseException> wrong = new JsonParser().validate(text.getBytes(StandardCharsets.UTF_8), SCHEMA);
    if (!wrong.isEmpty()) {
      throw new Refused(
          "what was composed is no CycloneDX " + SCHEMA.getVersionString() + ": " + wrong.get(0).getMessage());
    }
    return text;
  }

  private static String text(Bom bom) {
    try {
      return BomGeneratorFactory.createJson(SCHEMA, bom).toJsonString() + "\n";
    } catch (GeneratorException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Bom parse(Path file) throws IOException {
    try {
      return new JsonParser().parse(Files.readAllBytes(file));
    } catch (ParseException e) {
      throw new Refused(file + " can't be read as CycloneDX: " + e.getMessage() + ": build the program again");
    }
  }

  private static Hash sha256(Path file) throws IOException {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return new Hash(Hash.Algorithm.SHA_256, HexFormat.of().formatHex(sum));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
