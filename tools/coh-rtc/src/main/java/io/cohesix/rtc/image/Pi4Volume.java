// Examines the Raspberry Pi 4's card: what the board's ROM, firmware, U-Boot and the loader look for, in their order.
package io.cohesix.rtc.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What `coh-rtc image pi4` wrote, taken apart: each stage is promised only when what it needs is there and whole. */
final class Pi4Volume implements Doctor.VolumeKind {
  private static final String AGAIN = "write the card again with " + Pi4Command.COMMAND;

  @Override
  public boolean knows(SortedMap<String, Octets> files) {
    Octets list = files.get(FileList.FILE);
    return files.containsKey(Pi4Card.CONFIG) || files.containsKey(Pi4Card.IMAGE)
        || (list != null && new String(list.array(), java.nio.charset.StandardCharsets.UTF_8).contains(Pi4Card.SCHEMA));
  }

  @Override
  public void examine(SortedMap<String, Octets> files, Map<String, PayloadTable> images, Examination e) {
    boolean miniUart = miniUart(files.get(BootImage.MANIFEST));
    PayloadTable image = images.get(Pi4Card.IMAGE);
    SortedMap<String, String> faults = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    FileList list = list(files, image, miniUart, faults, e);
    for (Firmware.Need need : Firmware.needs(miniUart)) {
      if (!files.containsKey(need.path())) {
        faults.put(need.path(), "is missing");
        e.wrong(need.path() + " is missing (" + need.why() + ")" + since(list, need.path())
            + ": copy it onto the card; it is in " + need.where());
      }
    }
    for (String made : List.of(Pi4Card.CONFIG, BootScript.FILE, Pi4Card.IMAGE)) {
      if (!files.containsKey(made)) {
        faults.put(made, "is missing");
        e.wrong(made + " is missing: write it again");
      }
    }
    stages(files, images, miniUart, faults, e);
  }

  private static String since(@Nullable FileList list, String path) {
    return list == null ? "" : list.leftOut(path) ? ", left out when the card was made" : ", and was there when the card was made";
  }

  private static boolean miniUart(@Nullable Octets manifest) {
    try {
      return manifest != null && ManifestFacts.read(BootImage.MANIFEST, manifest.array()).uart().equals("miniuart");
    } catch (ImageException x) {
      return false; // said already: its sum differs
    }
  }

  /** The card's list, when there is one: its own words against the image, what it says of files into faults. */
  private static @Nullable FileList list(
      SortedMap<String, Octets> files,
      @Nullable PayloadTable image,
      boolean miniUart,
      SortedMap<String, String> faults,
      Examination e) {
    Octets json = files.get(FileList.FILE);
    Octets config = files.get(Pi4Card.CONFIG);
    if (json == null) {
      e.wrong(FileList.FILE + " is missing: nothing says what was on the card: " + AGAIN);
    } else {
      try {
        FileList list = FileList.read(json);
        faults.putAll(list.faults(files));
        Octets manifest = files.get(BootImage.MANIFEST);
        if (image != null && manifest != null && !Pi4Card.isListOf(list.root(), json, image, manifest)) {
          e.wrong(FileList.FILE + ": is not what this version writes for " + Pi4Card.IMAGE
              + ": damaged, changed by hand, or of another build: " + AGAIN);
        }
        return list;
      } catch (ImageException x) {
        e.wrong(FileList.FILE + ": " + x.getMessage());
      }
    }
    if (config != null && !config.equals(Pi4Card.text(Pi4Card.config(miniUart)))) {
      e.wrong(Pi4Card.CONFIG + ": is not what this version writes: changed by hand, or damaged: " + AGAIN);
    }
    return null;
  }

  /** What happens, up to what is missing or damaged first. */
  private static void stages(
      SortedMap<String, Octets> files,
      Map<String, PayloadTable> images,
      boolean miniUart,
      SortedMap<String, String> faults,
      Examination e) {
    e.stage("the board's ROM starts start4.elf, which reads fixup4.dat and " + Pi4Card.CONFIG
        + ": firmware's own lines (uart_2ndstage)");
    if (ends(List.of("start4.elf", "fixup4.dat", Pi4Card.CONFIG), faults, e)) {
      return;
    }
    List<String> loads = new ArrayList<>(Firmware.needs(miniUart).stream().map(Firmware.Need::path).toList());
    loads.removeAll(List.of("start4.elf", "fixup4.dat"));
    e.stage("firmware loads " + String.join(", ", loads) + " and starts it: \"U-Boot 20…\", \"RPI 4 Model B\"");
    if (ends(loads, faults, e)) {
      return;
    }
    UbootVolume.boot(files, images, faults, e);
  }

  /** Says where it ends, when one of these files is missing or another. */
  static boolean ends(List<String> needs, SortedMap<String, String> faults, Examination e) {
    for (String path : needs) {
      String what = faults.get(path);
      if (what != null) {
        e.stage("nothing is promised from here on: " + path + " " + what);
        return true;
      }
    }
    return false;
  }
}
