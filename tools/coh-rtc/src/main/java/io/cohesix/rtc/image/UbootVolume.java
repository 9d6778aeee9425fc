// Examines volumes that U-Boot boots by their boot.scr.
package io.cohesix.rtc.image;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

final class UbootVolume implements Doctor.VolumeKind {
  @Override
  public boolean knows(SortedMap<String, Octets> files) {
    return files.containsKey(BootScript.FILE);
  }

  @Override
  public void examine(SortedMap<String, Octets> files, Map<String, PayloadTable> images, Examination e) {
    boot(files, images, new TreeMap<>(), e);
  }

  /**
   * From U-Boot's start on: says what is wrong with script and image, and the stages up to there.
   *
   * @param faults what is known already to be missing or damaged, by path
   */
  static void boot(
      SortedMap<String, Octets> files,
      Map<String, PayloadTable> images,
      SortedMap<String, String> faults,
      Examination e) {
    Octets file = files.get(BootScript.FILE);
    UImage.Script script = null;
    try {
      script = file == null ? null : UImage.readScript(file.array());
    } catch (ImageException x) {
      e.wrong(BootScript.FILE + ": " + x.getMessage() + ": U-Boot would refuse it; write the disk again");
    }
    if (script == null || file == null) {
      e.stage("nothing is promised from here on: " + BootScript.FILE + " " + (file == null ? "is missing" : "is damaged"));
      return;
    }
    if (images.isEmpty()) {
      e.wrong("no sound flat image on the volume for " + BootScript.FILE + " (\"" + script.name()
          + "\"): write the disk again");
      e.stage("U-Boot finds " + BootScript.FILE + " (\"" + script.name() + "\"), and nothing sound to load: \"cohesix: stopped: …\","
          + " or \"loader: halted: …\"");
      return;
    }
    Map.Entry<String, PayloadTable> image = images.entrySet().iterator().next();
    PayloadTable t = image.getValue();
    Octets content = files.get(image.getKey());
    int bytes = content == null ? 0 : content.length();
    String command = script.text().lines().findFirst().orElse("").replaceFirst("^# Cohesix: made by ", "");
    if (!Arrays.equals(BootScript.write(t, image.getKey(), bytes, command), file.array())) {
      e.wrong(
          BootScript.FILE + ": is not what this version writes for " + image.getKey() + " of " + bytes
              + " bytes: changed by hand, or of another build: write the disk again");
    }
    if (t.blobs().stream().noneMatch(b -> b.kind() == PayloadTable.Kind.DTB)) {
      e.wrong(image.getKey() + ": holds no device tree, and U-Boot's go passes none: make it with --dtb");
    }
    e.stage("U-Boot finds " + BootScript.FILE + " on " + t.board().ubootDisk + ": \"cohesix: boot script for "
        + t.board().title + ", …\"");
    e.stage("\"cohesix: 2 of 3: loading " + image.getKey() + " to …\": " + bytes + " bytes");
    if (Pi4Volume.ends(List.of(BootScript.FILE, image.getKey()), faults, e)) {
      return;
    }
    e.stage("\"cohesix: 3 of 3: booti …\" (or go, with cohesix_start=go)");
    Doctor.loaderOn(t, Doctor.lacksKeys(t, files.get(BootImage.MANIFEST), e), e);
  }
}
