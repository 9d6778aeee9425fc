// What a manifest may ask of the local seat.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Manifest;
import java.util.Map;

/** Devices that have a driver, a profile that has the devices, and switches that agree. */
final class SeatLines extends Check {
  private static final String SEAT = "hw.local_seat.";

  private static final String PROFILE = "virt-aarch64";

  /** Names that are planned for boards: refused by what they lack. */
  private static final Map<String, String> WITHOUT_DRIVER = Map.of("usb", "keyboard", "hdmi", "display");

  SeatLines(Manifest manifest, Findings findings) {
    super(manifest, findings);
  }

  @Override
  void run() {
    device("keyboard", "virtio");
    device("display", "ramfb");
    if (!sound(SEAT + "enabled")) {
      return;
    }
    boolean enabled = m.bool(SEAT + "enabled");
    if (!enabled && sound(SEAT + "required") && m.bool(SEAT + "required")) {
      error("seat-required", SEAT + "required", "is true, must be false while " + SEAT + "enabled is false; set " + SEAT + "enabled = true");
    }
    if (enabled && sound("features.serial_console") && !m.bool("features.serial_console")) {
      error("seat-console", SEAT + "enabled", "is true, must be false while features.serial_console is false: it is the serial console's twin");
    }
    if (enabled && sound("profile.name") && !m.text("profile.name").equals(PROFILE)) {
      error("seat-profile", SEAT + "enabled", "is true, but profile " + m.text("profile.name") + " has no local seat; it is there for "
          + PROFILE + " alone");
    }
  }

  private void device(String role, String served) {
    String key = SEAT + role;
    if (!sound(key)) {
      return;
    }
    String is = m.text(key);
    if (role.equals(WITHOUT_DRIVER.get(is))) {
      error("seat-driver", key, "is \"" + is + "\", for which there is no driver; must be \"" + served + "\", or empty without a local seat");
    } else if (!is.isEmpty() && !is.equals(served)) {
      error("seat-device", key, "is \"" + is + "\", must be \"" + served + "\", or empty without a local seat");
    } else if (is.isEmpty() && sound(SEAT + "enabled") && m.bool(SEAT + "enabled")) {
      error("seat-device", key, "is empty, must name the " + role + " while " + SEAT + "enabled is true; write " + role + " = \"" + served + "\"");
    }
  }
}
