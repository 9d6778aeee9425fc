// coh-release sbom: writes sbom.cdx.json and the list of licences.
package io.cohesix.release.sbom;

import io.cohesix.release.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.cyclonedx.exception.ParseException;
import org.cyclonedx.model.Bom;
import org.cyclonedx.parsers.JsonParser;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code coh-release sbom}. */
@Command(
    name = "sbom",
    mixinStandardHelpOptions = true,
    description = "Writes a CycloneDX document of a release, or checks one.")
public final class SbomCommand implements Callable<Integer> {
  @Option(names = "--check", paramLabel = "FILE",
      description = "Check this document against the schema, write nothing.")
  private @Nullable Path check;

  @Option(names = "--name", paramLabel = "NAME",
      description = "The release.")
  private String name = "cohesix";

  @Option(names = "--release-version", paramLabel = "VERSION",
      description = "Its version.")
  private String version = "0";

  @Option(names = "--epoch", paramLabel = "SECONDS",
      description = "Its time, since 1970.")
  private long epoch;

  @Option(names = "--program", paramLabel = "JAR=BOM",
      description = "A program's jar, and target/bom.json that the build made of it.")
  private Map<Path, Path> programs = new LinkedHashMap<>();

  @Option(names = "--image", paramLabel = "FILE",
      description = "The image.")
  private @Nullable Path image;

  @Option(names = "--linked", paramLabel = "FILE",
      description = "What is linked into the image, a line each (see Sbom.image).")
  private @Nullable Path linked;

  @Option(names = "--out", paramLabel = "FILE",
      description = "The document.")
  private Path out = Path.of("sbom.cdx.json");

  @Option(names = "--third-party", paramLabel = "FILE",
      description = "The list for people, with the licences' texts.")
  private @Nullable Path thirdParty;

  /** Made by picocli. */
  public SbomCommand() {}

  @Override
  public Integer call() throws IOException {
    if (check != null) {
      List<String> wrong = new ArrayList<>();
      for (ParseException e : new JsonParser().validate(Files.readAllBytes(check), Sbom.SCHEMA)) {
        wrong.add(e.getMessage());
      }
      if (!wrong.isEmpty()) {
        throw new Refused(check + ": " + String.join("; ", wrong));
      }
      return 0;
    }
    Sbom sbom = new Sbom(name, version, Instant.ofEpochSecond(epoch));
    for (Map.Entry<Path, Path> p : programs.entrySet()) {
      sbom.program(p.getKey(), p.getValue());
    }
    if (image != null && linked != null) {
      sbom.image(image, linked);
    }
    Bom bom = sbom.bom();
    Files.writeString(out, Sbom.json(bom), StandardCharsets.UTF_8);
    if (thirdParty != null) {
      Files.writeString(thirdParty, Licences.thirdParty(bom), StandardCharsets.UTF_8);
    }
    return 0;
  }
}
