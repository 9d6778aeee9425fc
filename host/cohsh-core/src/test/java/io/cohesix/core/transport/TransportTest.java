// Starting hives: what the boot log and an image say, and that nothing that was started is left behind.
package io.cohesix.core.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class TransportTest {
  @TempDir Path dir;

  private Path program(String text) throws Exception {
    Path file = Files.writeString(dir.resolve("hive-hosted"), "#!/bin/sh\n" + text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file;
  }

  @Test
  void theListenersLineGivesThePort() {
    assertEquals(40001, BootLog.port("net-console: listening port=40001 addr=127.0.0.1"));
    assertEquals(31337, BootLog.port("\u001b[0mnet-console: listening port=31337 addr=10.0.2.15\r"));
    assertNull(BootLog.port("net-console: listening port=0 addr=x"));
    assertNull(BootLog.port("net-console: listening port=70000 addr=x"));
    assertNull(BootLog.port("event-pump: init net"));
  }

  @Test
  void aStartedProgramEndsWhenItsInputIsClosed() throws Exception {
    LocalTransport local =
        new LocalTransport(program("echo net-console: listening port=40001 addr=127.0.0.1\nread x\nexit 0\n"), List.of());
    assertEquals(new Endpoint("127.0.0.1", 40001), local.open());
    ProcessHandle handle = ProcessHandle.of(local.pid()).orElseThrow();
    local.close();
    assertFalse(handle.isAlive());
    local.close();
  }

  @Test
  void aProgramThatIgnoresItsInputAndTermIsKilled() throws Exception {
    LocalTransport local =
        new LocalTransport(
            program("trap '' TERM\necho net-console: listening port=40001 addr=x\nwhile :; do sleep 0.1; done\n"), List.of());
    local.open();
    ProcessHandle handle = ProcessHandle.of(local.pid()).orElseThrow();
    local.close();
    assertFalse(handle.isAlive());
  }

  @Test
  void aProgramThatEndsEarlyIsReportedWithItsLastLines() throws Exception {
    LocalTransport local = new LocalTransport(program("echo boot halted: no such luck\nexit 3\n"), List.of());
    String text = String.valueOf(assertThrows(IOException.class, local::open).getMessage());
    assertTrue(text.endsWith("ended before it listened; its last lines:\n  boot halted: no such luck"), text);
  }

  @Test
  void aHiveThatCantBeFoundIsNamedWithThePlaces() {
    Path missing = dir.resolve("missing");
    String text =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> LocalTransport.find(missing)).getMessage());
    assertEquals(
        "no hive to start, looked for ["
            + missing
            + "]: build it with scripts/cohesix-build-run.sh --no-run, or name it with --hive-binary or COHESIX_HIVE",
        text);
    assertThrows(IllegalArgumentException.class, () -> QemuTransport.find(missing));
  }

  @Test
  void anImageSaysWhatMachineItIsFor() throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(4, 128).putInt(56, 0x644d5241).putInt(128, 0x50484f43).putInt(140, 1).putLong(160, 0x8000_0000L);
    Path image = Files.write(dir.resolve("a.img"), bytes.array());
    QemuTransport.Machine machine = QemuTransport.Machine.of(image);
    assertEquals(new QemuTransport.Machine(1024, true, 0), machine);
    List<String> command = QemuTransport.command(image, machine, 40001);
    assertTrue(command.contains("virt,gic-version=2,virtualization=on"), command.toString());
    assertTrue(command.contains("user,id=net0,hostfwd=tcp:127.0.0.1:40001-10.0.2.15:31337"), command.toString());
    assertTrue(command.contains("cortex-a57"), command.toString());
    bytes.putInt(128 + 68, 40);
    machine = QemuTransport.Machine.of(Files.write(dir.resolve("b.img"), bytes.array()));
    assertTrue(QemuTransport.command(image, machine, 40001).contains("cortex-a53"), "40-bit kernels start on no other");
  }

  @Test
  void theImageOfTheReleaseThatTheProgramBelongsToComesFirst() throws Exception {
    Path jar = dir.resolve("lib").resolve("cohsh.jar");
    Path other = Files.write(dir.resolve("other.img"), new byte[1]);
    Path image = dir.resolve("image").resolve("cohesix-qemu.img");
    String text =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> QemuTransport.find(dir.resolve("missing"), jar)).getMessage());
    assertEquals(
        "no image to start, looked for [" + dir.resolve("missing")
            + "]: build it with scripts/cohesix-build-run.sh --no-run, or name one with --qemu-image",
        text);
    Files.createDirectories(dir.resolve("image"));
    Files.write(image, new byte[1]);
    assertEquals("QEMU, " + image, QemuTransport.find(null, jar).toString());
    assertEquals("QEMU, " + other, QemuTransport.find(other, jar).toString());
  }

  @Test
  void aFileThatIsNoImageIsRefused() throws Exception {
    Path empty = Files.write(dir.resolve("b.img"), new byte[10]);
    Path wrong = Files.write(dir.resolve("c.img"), new byte[4096]);
    for (Path image : List.of(empty, wrong)) {
      assertEquals(
          image + " is not a Cohesix image: make one with scripts/cohesix-build-run.sh --no-run",
          assertThrows(IOException.class, () -> QemuTransport.Machine.of(image)).getMessage());
    }
  }

  @Test
  void addressesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> new Endpoint("h", 0));
    assertThrows(IllegalArgumentException.class, () -> new Endpoint("h", 65536));
    assertEquals("[::1]:1", new Endpoint("::1", 1).toString());
  }
}
