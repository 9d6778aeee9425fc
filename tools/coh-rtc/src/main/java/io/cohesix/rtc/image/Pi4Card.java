// The Raspberry Pi 4's card: one FAT32 partition that firmware, U-Boot and people read.
package io.cohesix.rtc.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Bytes in, bytes out, the same for the same input. */
final class Pi4Card {
  static final String LABEL = "COHESIX";
  static final String IMAGE = "cohesix-pi4.img";
  static final String CONFIG = "config.txt";
  static final String SCHEMA = "coh-pi4-image/v1";

  private static final String VERIFIED = " config=verified";

  private Pi4Card() {}

  /**
   * A card.
   *
   * @param disk the whole card
   * @param list what is on it, as image.json says
   */
  record Card(Octets disk, Map<String, Object> list) {}

  /** Makes the card. */
  static Card make(BootImage.Parts parts, BootImage.Files files, Firmware firmware, boolean miniUart, String command) {
    SortedMap<String, Octets> content = new TreeMap<>(firmware.files());
    content.put(CONFIG, text(config(miniUart)));
    content.put(
        BootScript.FILE, new Octets(BootScript.write(files.table(), IMAGE, files.image().length(), command)));
    content.put(IMAGE, files.image());
    content.put(BootImage.MANIFEST, parts.manifest().json());
    content.put(BootImage.MANIFEST_SUM, files.manifestSha256Line());
    Map<String, Object> list = list(parts, files, firmware, content);
    content.put(FileList.FILE, text(json(list)));
    byte[] volume = FatVolume.write(content, new FatVolume.Options(LABEL, 0, Mbr.START));
    return new Card(new Octets(Mbr.disk(Mbr.Type.FAT32, volume)), list);
  }

  /** What firmware reads first. It speaks too: a board that says nothing at all has no card, no power or no wire. */
  static String config(boolean miniUart) {
    List<String> lines = new ArrayList<>();
    lines.add("# Cohesix: the serial line of pins 14 and 15 at 115200 8N1, " + (miniUart ? "mini-UART" : "PL011"));
    lines.add("arm_64bit=1");
    lines.add("kernel=" + Firmware.UBOOT);
    lines.add("enable_uart=1");
    lines.add("uart_2ndstage=1");
    if (!miniUart) {
      lines.add("dtoverlay=disable-bt");
    }
    lines.add("# The kernel leaves firmware the 76 MiB below 1 GiB.");
    lines.add("gpu_mem=76");
    return String.join("\n", lines) + "\n";
  }

  private static Map<String, Object> list(
      BootImage.Parts parts, BootImage.Files files, Firmware firmware, SortedMap<String, Octets> content) {
    KernelBuild build = parts.build();
    Map<String, Object> kernel = new TreeMap<>();
    List<String> differs = build.unverified() == null ? List.of() : build.unverified();
    kernel.put("name", build.name());
    kernel.put("sha256", Hash.sha256Hex(parts.kernelFile().array()));
    kernel.put("verified_configuration", build.unverified() != null && differs.isEmpty());
    kernel.put("differs", differs);
    kernel.put("memory_mib", build.memory().get(build.memory().size() - 1).end() >> 20);
    Map<String, Object> out = new TreeMap<>();
    out.put("schema", SCHEMA);
    out.put("board", build.board().toString());
    out.put("profile", parts.manifest().profile());
    out.put("stamp", files.table().stamp());
    out.put("manifest_sha256", parts.manifest().sha256());
    out.put("kernel", kernel);
    Map<String, Object> each = new TreeMap<>();
    content.forEach((path, bytes) -> {
      Map<String, Object> one = new TreeMap<>();
      one.put("bytes", bytes.length());
      one.put("sha256", bytes.sha256());
      one.put("from", firmware.files().containsKey(path) ? "operator" : "cohesix");
      each.put(path, one);
    });
    out.put("files", each);
    out.put("missing", firmware.missing().stream().map(m -> m.need().path()).toList());
    return out;
  }

  /**
   * Is a list what {@link #make} writes for an image? What only the operator's files tell is taken from it: sums and sizes of
   * files, the kernel file's sum, in what its configuration differs, what was left out.
   */
  static boolean isListOf(JsonNode list, Octets written, PayloadTable image, Octets manifest) {
    List<String> differs = new ArrayList<>();
    list.path("kernel").path("differs").forEach(d -> differs.add(d.asText()));
    List<String> missing = new ArrayList<>();
    list.path("missing").forEach(m -> missing.add(m.asText()));
    Map<String, Object> kernel = new TreeMap<>();
    kernel.put("name", image.stamp().replaceFirst("^.* kernel=", "").replaceFirst("(-debug)?( config=.*)?$", ""));
    kernel.put("sha256", list.path("kernel").path("sha256").asText());
    kernel.put("verified_configuration", image.stamp().endsWith(VERIFIED) && differs.isEmpty());
    kernel.put("differs", differs);
    kernel.put("memory_mib", Outcome.memoryEnd(image) >> 20);
    Map<String, Object> files = new TreeMap<>();
    list.path("files").properties().forEach(f -> {
      Map<String, Object> one = new TreeMap<>();
      one.put("bytes", f.getValue().path("bytes").asLong());
      one.put("sha256", f.getValue().path("sha256").asText());
      one.put("from", Firmware.isOne(f.getKey()) ? "operator" : "cohesix");
      files.put(f.getKey(), one);
    });
    Map<String, Object> wants = new TreeMap<>();
    wants.put("schema", SCHEMA);
    wants.put("board", Board.BCM2711.toString());
    wants.put("profile", ManifestFacts.read(BootImage.MANIFEST, manifest.array()).profile());
    wants.put("stamp", image.stamp());
    wants.put("manifest_sha256", image.manifestSha256());
    wants.put("kernel", kernel);
    wants.put("files", files);
    wants.put("missing", missing);
    return missing.stream().allMatch(Firmware::isOne) && text(json(wants)).equals(written);
  }

  private static String json(Map<String, Object> value) {
    try {
      DefaultPrettyPrinter printer =
          new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
      ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
      return mapper.writer(printer).writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static Octets text(String s) {
    return new Octets(s.getBytes(StandardCharsets.US_ASCII));
  }
}
