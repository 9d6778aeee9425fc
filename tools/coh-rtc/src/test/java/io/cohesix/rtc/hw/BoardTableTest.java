// The boards' tables: what a manifest resolves to on each, and that board.h says it.
package io.cohesix.rtc.hw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.build.Compiler;
import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.codegen.c.CBoard;
import io.cohesix.rtc.secrets.SecretStore;
import io.cohesix.rtc.validate.Validation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BoardTableTest {
  private static final String PI4 = "[profile]\nname = \"pi4-uboot-aarch64\"\n";

  @TempDir Path folder = Path.of("");

  private Validation manifest(String text) {
    return Validation.of("m.toml", "[root_task]\nschema = \"1.6\"\n" + text, new SecretStore(folder, Map.of()));
  }

  /** The defines of board.h. */
  private Map<String, String> defines(String text) {
    Validation v = manifest(text);
    assertTrue(v.ok(), v.findings()::toString);
    Artefact file = CBoard.file(Compiler.input(v, List.of()));
    assertEquals("board.h", file.name());
    Map<String, String> out = new TreeMap<>();
    file.content().lines().filter(l -> l.startsWith("#define COH_BOARD_")).forEach(l -> {
      String[] words = l.split(" ", 3);
      out.put(words[1].substring("COH_BOARD_".length()), words[2]);
    });
    return out;
  }

  @Test
  void virtIsWhatQemuHas() {
    Map<String, String> d = defines("");
    assertEquals("\"qemu-virt\"", d.get("NAME"));
    assertEquals("0x9000000", d.get("UART_PADDR"));
    assertEquals("33", d.get("UART_IRQ"));
    assertEquals("0x9010000", d.get("RTC_PADDR"));
    assertEquals("0x0", d.get("SYSTIMER_PADDR"));
    assertEquals("0xa000000", d.get("VIRTIO_PADDR"));
    assertEquals("1", d.get("HAS_NET"));
  }

  @Test
  void clockOfVirtIsGoneWhenTheManifestWantsNone() {
    assertEquals("0x0", defines("[hw]\nrtc = \"none\"\n").get("RTC_PADDR"));
  }

  /** Addresses of its device tree, whose bus 0x7e000000 is seen at 0xfe000000; interrupts are 32 + the tree's. */
  @Test
  void pi4IsWhatItsDeviceTreeSays() {
    Map<String, String> d = defines(PI4);
    assertEquals("\"bcm2711\"", d.get("NAME"));
    assertEquals("0", d.get("UART_IS_MINIUART"));
    assertEquals("0xfe201000", d.get("UART_PADDR"));
    assertEquals(Integer.toString(32 + 0x79), d.get("UART_IRQ"));
    assertEquals("0xfe003000", d.get("SYSTIMER_PADDR"));
    assertEquals("1", d.get("SYSTIMER_CHANNEL"));
    assertEquals(Integer.toString(32 + 0x41), d.get("SYSTIMER_IRQ"));
    assertEquals("0x0", d.get("RTC_PADDR"));
    assertEquals("0x0", d.get("VIRTIO_PADDR"));
    assertEquals("0", d.get("HAS_NET"));
    Map<String, String> mini = defines(PI4 + "[hw]\nuart = \"miniuart\"\n");
    assertEquals("1", mini.get("UART_IS_MINIUART"));
    assertEquals("0xfe215040", mini.get("UART_PADDR"));
    assertEquals(Integer.toString(32 + 0x5d), mini.get("UART_IRQ"));
  }

  @Test
  void defaultsFollowTheBoard() {
    Validation pi = manifest(PI4);
    assertTrue(pi.ok(), pi.findings()::toString);
    assertEquals("none", pi.manifest().text("hw.rtc"));
    assertEquals("off", pi.manifest().text("hw.net.mode"));
    Validation virt = manifest("");
    assertEquals("pl031", virt.manifest().text("hw.rtc"));
    assertEquals("static", virt.manifest().text("hw.net.mode"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"static", "dhcp"})
  void noProfileWithoutDriverTakesANetwork(String mode) {
    Validation v = manifest(PI4 + "[hw.net]\nmode = \"" + mode + "\"\n");
    assertFalse(v.ok());
    assertEquals(
        List.of("m.toml:6:1: error: hw.net.mode: is \"" + mode + "\", must be \"off\" on profile pi4-uboot-aarch64"
            + " (Raspberry Pi 4): there is no driver for its network yet; set hw.net.mode = \"off\", the serial console"
            + " serves it"),
        v.findings().stream().map(f -> f.text()).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"timeout_ms = 99", "timeout_ms = 60001", "retries = 33"})
  void boundsHoldThoughNothingUsesTheNetwork(String line) {
    assertFalse(manifest(PI4 + "[hw.net.dhcp]\n" + line + "\n").ok());
  }

  @Test
  void aBoardHasNoOtherUart() {
    BoardTable virt = BoardTable.of(manifest("").manifest());
    Validation mini = manifest(PI4 + "[hw]\nuart = \"miniuart\"\n");
    assertThrows(IllegalArgumentException.class, () -> virt.uart(mini.manifest()));
  }
}
