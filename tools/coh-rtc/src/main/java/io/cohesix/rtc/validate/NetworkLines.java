// Red lines of the network: the address that is used, at once or when DHCP gives none, must be one that a host can have.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Manifest;
import java.util.List;

final class NetworkLines extends Check {
  private static final String ADDRESS = "hw.net.address";
  private static final String GATEWAY = "hw.net.gateway";
  private static final String PREFIX = "hw.net.prefix";
  private static final String MODE = "hw.net.mode";

  NetworkLines(Manifest manifest, Findings findings) {
    super(manifest, findings);
  }

  @Override
  void run() {
    if (!sound(MODE) || m.text(MODE).equals("off")) {
      return;
    }
    boolean given = !zero(ADDRESS);
    boolean led = !zero(GATEWAY);
    if (given && sound(ADDRESS, PREFIX) && host(ADDRESS) && led && sound(GATEWAY) && !m.text(GATEWAY).isEmpty()) {
      gateway();
    }
    exchanges();
  }

  private boolean zero(String key) {
    boolean zero = sound(key) && m.text(key).equals("0.0.0.0");
    if (zero) {
      String mode = m.text(MODE);
      error(RedLine.IPV4_ZERO, key, "is 0.0.0.0, must not be zero while hw.net.mode is \"" + mode + "\""
          + (mode.equals("dhcp") ? ": it is used when no server gives one" : ""));
    }
    return zero;
  }

  private boolean host(String key) {
    if (isHost(number(key))) {
      return true;
    }
    error("ipv4-host", key, "is " + m.text(key) + ", must be an address that a host can have in a subnet of " + m.num(PREFIX)
        + " bits: not its first or last one, nor one that begins with 0, 127 or 224..255");
    return false;
  }

  private void gateway() {
    long mask = -1L << (32 - m.num(PREFIX));
    long own = number(ADDRESS);
    long gateway = number(GATEWAY);
    if (((own ^ gateway) & mask) != 0 || own == gateway || !isHost(gateway)) {
      error("ipv4-gateway", GATEWAY, "is " + m.text(GATEWAY) + ", must be another host in the subnet of " + m.text(ADDRESS) + "/"
          + m.num(PREFIX) + "; where there is none, say gateway = \"\"");
    }
  }

  /** In subnets of one or two addresses all of them are hosts'. */
  private boolean isHost(long address) {
    long first = address >> 24;
    long prefix = m.num(PREFIX);
    long last = (1L << (32 - prefix)) - 1;
    boolean inside = prefix >= 31 || ((address & last) != 0 && (address & last) != last);
    return first != 0 && first != 127 && first < 224 && inside;
  }

  private void exchanges() {
    if (m.text(MODE).equals("dhcp") && sound("hw.net.dhcp.retries") && m.num("hw.net.dhcp.retries") == 0) {
      error("dhcp-retries", "hw.net.dhcp.retries",
          "is 0, must be at least 1 while hw.net.mode is \"dhcp\"; to use hw.net.address alone, set hw.net.mode = \"static\"");
    }
  }

  private long number(String key) {
    long value = 0;
    for (String part : List.of(m.text(key).split("\\.", -1))) {
      value = value << 8 | Long.parseLong(part);
    }
    return value;
  }
}
