// Which licence a library has, where its POM does not say it in a way that can be looked up; and the licences' texts.
package io.cohesix.release.sbom;

import io.cohesix.release.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.License;
import org.cyclonedx.model.LicenseChoice;

/** licences.properties, applied; every component must end with SPDX identifiers. */
final class Licences {
  private static final String OWN = "io.cohesix";
  private final Properties known = new Properties();

  Licences() {
    try (InputStream in = Licences.class.getResourceAsStream("licences.properties")) {
      if (in == null) {
        throw new IllegalStateException("no resource licences.properties");
      }
      known.load(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sets licence and copyright of one library. */
  void apply(Component c) {
    String entry = known.getProperty(c.getGroup() + ":" + c.getName());
    if (entry != null) {
      int end = entry.indexOf(';');
      c.setLicenses(choice(entry.substring(0, end)));
      c.setCopyright(entry.substring(end + 1).strip());
    }
    if (ids(c).isEmpty()) {
      throw new Refused(
          c.getGroup() + ":" + c.getName()
              + " names no licence by its SPDX identifier: add it to licences.properties, as its authors say");
    }
    for (String id : ids(c)) {
      if (!id.equals("Apache-2.0") && c.getCopyright() == null) {
        throw new Refused(
            c.getGroup() + ":" + c.getName() + " has licence " + id
                + ", which asks for the copyright line: add it to licences.properties");
      }
    }
  }

  /** One licence. */
  static LicenseChoice choice(String id) {
    License licence = new License();
    licence.setId(id);
    LicenseChoice choice = new LicenseChoice();
    choice.addLicense(licence);
    return choice;
  }

  /** A component's licences by SPDX identifier. */
  static List<String> ids(Component c) {
    LicenseChoice choice = c.getLicenses();
    if (choice == null || choice.getLicenses() == null) {
      return List.of();
    }
    return choice.getLicenses().stream().map(License::getId).filter(id -> id != null && !id.isEmpty()).toList();
  }

  /** For people: each component that is not ours, its licence and copyright, then each licence's text once. */
  static String thirdParty(Bom bom) {
    StringBuilder out = new StringBuilder();
    out.append("What others wrote and this release carries. The same for programs: sbom.cdx.json.\n\n");
    Set<String> all = new LinkedHashSet<>();
    for (Component c : bom.getComponents()) {
      boolean others = c.getType() == Component.Type.LIBRARY || c.getType() == Component.Type.OPERATING_SYSTEM;
      if (!others || OWN.equals(c.getGroup())) {
        continue;
      }
      out.append(c.getGroup() == null ? "" : c.getGroup() + ":").append(c.getName()).append(' ').append(c.getVersion());
      out.append("  ").append(String.join(", ", ids(c))).append('\n');
      if (c.getCopyright() != null) {
        out.append("    ").append(c.getCopyright()).append('\n');
      }
      if (c.getDescription() != null && c.getGroup() == null) {
        out.append("    ").append(c.getDescription()).append('\n');
      }
      all.addAll(ids(c));
    }
    for (String id : all) {
      out.append('\n').append("=".repeat(78)).append('\n').append(id).append("\n\n");
      out.append(text(id).strip()).append('\n');
    }
    return out.toString();
  }

  private static String text(String id) {
    try (InputStream in = Bom.class.getResourceAsStream("/licenses/" + id + ".txt")) {
      if (in == null) {
        throw new Refused("no text of licence " + id + ": it must be an SPDX identifier");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
