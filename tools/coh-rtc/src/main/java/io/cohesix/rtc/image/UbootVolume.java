// Examines volumes that U-Boot boots by their boot.scr.
package io.cohesix.rtc.image;

import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;

final class UbootVolume implements Doctor.VolumeKind {
  @Override
  public boolean knows(SortedMap<String, Octets> files) {
    return files.containsKey(BootScript.FILE);
  }

  @Override
  public void examine(SortedMap<String, Octets> files, Map<String, PayloadTable> images, Examination e) {
    Octets file = files.get(BootScript.FILE);
    UImage.Script script;
    try {
      script = UImage.readScript(file == null ? new byte[0] : file.array());
    } catch (ImageException x) {
      e.wrong(BootScript.FILE + ": " + x.getMessage() + ": U-Boot would refuse it; write the disk again");
      return;
    }
    if (images.isEmpty()) {
      e.wrong("no sound flat image on the volume for " + BootScript.FILE + " (\"" + script.name() + "\"): write the disk again");
      return;
    }
    Map.Entry<String, PayloadTable> image = images.entrySet().iterator().next();
    PayloadTable t = image.getValue();
    Octets content = files.get(image.getKey());
    int bytes = content == null ? 0 : content.length();
    String command = script.text().lines().findFirst().orElse("").replaceFirst("^# Cohesix: made by ", "");
    if (!Arrays.equals(BootScript.write(t, image.getKey(), bytes, command), file == null ? null : file.array())) {
      e.wrong(
          BootScript.FILE + ": is not what this version writes for " + image.getKey() + " of " + bytes
              + " bytes: changed by hand, or of another build: write the disk again");
    }
    if (t.blobs().stream().noneMatch(b -> b.kind() == PayloadTable.Kind.DTB)) {
      e.wrong(image.getKey() + ": holds no device tree, and U-Boot's go passes none: make it with --dtb");
    }
    e.stage("U-Boot finds " + BootScript.FILE + " on " + t.board().ubootDisk + ": \"cohesix: boot script for " + t.board().title + ", …\"");
    e.stage("\"cohesix: 2 of 3: loading " + image.getKey() + " to …\": " + bytes + " bytes");
    e.stage("\"cohesix: 3 of 3: booti …\" (or go, with cohesix_start=go)");
    Doctor.loaderOn(t, e);
  }
}
