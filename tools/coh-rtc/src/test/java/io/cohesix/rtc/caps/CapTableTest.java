// What the tables hold and what they can't hold: exactly the lists of the design, off with its switches, and sound.
package io.cohesix.rtc.caps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.capacity.TaskMemory;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.secrets.SecretStore;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CapTableTest {
  @TempDir Path folder = Path.of("");

  private CapTable table(String... changes) throws IOException {
    String text = Project.resource("family.toml");
    for (int i = 0; i < changes.length; i += 2) {
      assertTrue(text.contains(changes[i]), changes[i]);
      text = text.replace(changes[i], changes[i + 1]);
    }
    Project project = new Project(folder, "family.toml");
    project.write("configs/root_task.toml", text);
    Validation v = project.validate();
    assertTrue(v.ok(), () -> v.findings().toString());
    return CapTable.of(v.manifest());
  }

  private static List<String> slots(CapTable t, TaskId id) {
    return t.caps(id).stream()
        .map(c -> c.slot() + " " + c.name() + " " + c.object() + " " + c.rights().word() + " " + c.bit()).toList();
  }

  private static List<String> maps(CapTable t, TaskId id) {
    return t.maps(id).stream().map(x -> x.object() + " " + Long.toHexString(x.vaddr()) + " " + x.rights().word()
        + (x.executable() ? "x" : "")).toList();
  }

  @Test
  void nicdHoldsItsListAndNothingElse() throws Exception {
    CapTable t = table();
    assertEquals(List.of("1 wait nicd.wait r 0", "2 irq nic.irq - 0", "3 netd netd.wait w 1", "4 authority authority.wait w 4",
        "5 vspace nicd.vspace - 0", "6 faults authority.faults w+reply 0", "7 forged authority.wait w 16"), slots(t, TaskId.NICD));
    assertEquals(List.of("nicd.text 400000 rx", "nicd.data 500000 rw", "net.packets 10000000 rw", "nic.queues 5e0000 rw",
        "nic.regs 5f0000 rw"), maps(t, TaskId.NICD));
  }

  @Test
  void netdHoldsItsListAndNothingElse() throws Exception {
    CapTable t = table();
    assertEquals(List.of("1 wait netd.wait r 0", "2 nicd nicd.wait w 2", "3 authority authority.wait w 8",
        "4 faults authority.faults w+reply 0"), slots(t, TaskId.NETD));
    assertEquals(List.of("netd.text 400000 rx", "netd.data 500000 rw", "net.packets 10000000 rw", "net.streams 10200000 rw"),
        maps(t, TaskId.NETD));
  }

  @Test
  void aWorkerHoldsItsListAndNothingElse() throws Exception {
    CapTable t = table();
    assertEquals(List.of("1 wait worker.wait r 0", "2 faults authority.faults w+reply 0"),
        slots(t, TaskId.WORKER));
    assertEquals(List.of("worker.text 400000 rx", "worker.data 500000 rw"), maps(t, TaskId.WORKER));
    assertEquals(1024, t.task(TaskId.WORKER).instances());
  }

  private static final String[] SEAT = {
    "[ecosystem.models]", "[hw.local_seat]\nenabled = true\nkeyboard = \"virtio\"\ndisplay = \"ramfb\"\n\n[ecosystem.models]"
  };

  @Test
  void seatdHoldsItsListAndNothingElse() throws Exception {
    CapTable t = table(SEAT);
    assertEquals(List.of("1 wait seatd.wait r 0", "2 irq seat.irq - 0", "3 authority authority.wait w 32",
        "4 faults authority.faults w+reply 0"), slots(t, TaskId.SEATD));
    assertEquals(List.of("seatd.text 400000 rx", "seatd.data 500000 rw", "seat.ring 5d0000 rw", "seat.queues 5e0000 rw",
        "seat.keyboard 5f0000 rw", "seat.fwcfg 5f1000 rw", "seat.screen 20200000 rw"), maps(t, TaskId.SEATD));
    for (String own : List.of("seat.queues", "seat.keyboard", "seat.fwcfg", "seat.screen")) {
      assertEquals(List.of(TaskId.SEATD), t.users(t.object(own)), own);
    }
    assertEquals(List.of(TaskId.AUTHORITY, TaskId.SEATD), t.users(t.object("seat.ring")));
    assertTrue(t.maps(TaskId.AUTHORITY).stream().anyMatch(x -> x.object().equals("seat.ring")));
  }

  @Test
  void withoutALocalSeatThereIsNoSeatdAndNothingOfItsOwn() throws Exception {
    CapTable t = table();
    assertEquals(0, t.task(TaskId.SEATD).instances());
    assertTrue(t.caps().stream().noneMatch(c -> c.task() == TaskId.SEATD || c.object().startsWith("seat")));
    assertTrue(t.maps().stream().noneMatch(x -> x.task() == TaskId.SEATD || x.object().startsWith("seat")));
    assertTrue(t.interrupts().stream().noneMatch(i -> i.object().equals("seat.irq")));
    assertTrue(t.objects().stream().allMatch(o -> !o.name().startsWith("seat") || o.count() == 0));
  }

  private static List<String> shared(CapTable t) {
    return t.objects().stream().filter(o -> o.shared() && o.count() > 0).map(o -> o.name() + t.users(o)).toList();
  }

  @Test
  void whatTwoTasksCanWriteIsListedAsSharedAndIsPacketsStreamsAndTheSeatsRingsAlone() throws Exception {
    CapTable t = table();
    assertEquals(List.of("net.packets[NICD, NETD]", "net.streams[AUTHORITY, NETD]"), shared(t));
    assertEquals(List.of("net.packets[NICD, NETD]", "net.streams[AUTHORITY, NETD]", "seat.ring[AUTHORITY, SEATD]"), shared(table(SEAT)));
  }

  @Test
  void onlyNicdSeesWhatADeviceReadsAddressesFrom() throws Exception {
    CapTable t = table();
    assertEquals(List.of(TaskId.NICD), t.users(t.object("nic.queues")));
    assertEquals(List.of(TaskId.NICD), t.users(t.object("nic.regs")));
  }

  @Test
  void withoutANetworkThereIsNeitherNicdNorNetdAndWorkersStay() throws Exception {
    for (String[] off : List.of(new String[] {"net_console = true", "net_console = false"},
        new String[] {"[ecosystem.models]", "[hw.net]\nmode = \"off\"\n\n[ecosystem.models]"})) {
      CapTable t = table(off);
      assertEquals(List.of(TaskId.AUTHORITY, TaskId.WORKER), t.present().stream().map(Task::id).toList());
      assertTrue(t.caps().stream().noneMatch(c -> c.task() == TaskId.NICD || c.task() == TaskId.NETD));
      assertTrue(t.maps().stream().noneMatch(x -> x.task() == TaskId.NICD || x.task() == TaskId.NETD || x.object().startsWith("net")));
      assertEquals(List.of("wait", "faults", "timer", "uart", "alarm", "worker"), t.caps(TaskId.AUTHORITY).stream().map(Cap::name).toList());
      assertEquals(2, t.caps(TaskId.WORKER).size());
      assertEquals(3, t.interrupts().size());
    }
  }

  @Test
  void nicdHoldsItsAddressSpaceOnlyForTheKernelsCacheOperations() throws Exception {
    CapTable t = table("kernel_ops = true", "kernel_ops = false", "dma_clean = true", "dma_clean = false",
        "dma_invalidate = true", "dma_invalidate = false");
    assertFalse(t.caps(TaskId.NICD).stream().anyMatch(c -> c.object().equals("nicd.vspace")));
  }

  @Test
  void coresComeFromTheAffinityOnlyWhileItIsOn() throws Exception {
    String affinity = "[affinity]\nenabled = true\nauthority_core = 3\nnet_core = 1\nworker_cores = [2, 0]\n\n[ecosystem.models]";
    CapTable on = table("[ecosystem.models]", affinity);
    assertEquals(List.of(List.of(3L), List.of(1L), List.of(1L), List.of(3L), List.of(2L, 0L)), on.tasks().stream().map(Task::cores).toList());
    CapTable off = table("[ecosystem.models]", affinity.replace("enabled = true", "enabled = false"));
    assertTrue(off.tasks().stream().allMatch(x -> x.cores().equals(List.of(0L))));
  }

  @Test
  void theAuthorityRunsFirstThenTheDriverThenWorkersThenTheSeatThenTheNetwork() throws Exception {
    CapTable t = table();
    List<TaskId> order = List.of(TaskId.AUTHORITY, TaskId.NICD, TaskId.WORKER, TaskId.SEATD, TaskId.NETD);
    for (int i = 1; i < order.size(); i++) {
      assertTrue(t.task(order.get(i - 1)).priority() > t.task(order.get(i)).priority(), order.get(i).word());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"root_task.toml", "root_task_governed.toml", "root_task_scale.toml"})
  void streamsAndPoolsFitTheirPagesInEveryCommittedManifest(String name) throws Exception {
    Path root = Path.of("../..").toAbsolutePath().normalize();
    String text = Files.readString(root.resolve("configs").resolve(name));
    Validation v = Validation.of(name, text, new SecretStore(root, Map.of()));
    assertTrue(v.ok(), () -> v.findings().toString());
    Manifest m = v.manifest();
    CapTable t = CapTable.of(m);
    long streams = 4096 + PoolTable.bytes(m, "ports");
    assertTrue(t.object("net.streams").bytes() >= streams && t.object("net.streams").bytes() - streams < 1 << TaskMemory.LARGE);
    assertTrue(t.object("netd.data").bytes() >= PoolTable.netd(m) + 65536);
    assertEquals(0x18000000L + t.object("net.streams").bytes(), t.arena());
    assertTrue(t.maps(TaskId.NETD).stream().allMatch(x -> x.vaddr() + t.object(x.object()).bytes() <= 0x20000000L));
    boolean large = t.object("netd.data").pageBits() == TaskMemory.LARGE;
    assertTrue(maps(t, TaskId.NETD).contains("netd.data " + (large ? "600000" : "500000") + " rw"));
  }

  @Test
  void badgesAreBitsAndFaultsCantBeTakenForSignals() throws Exception {
    CapTable t = table();
    assertEquals(127, t.badges().stream().filter(b -> b.to() == TaskId.AUTHORITY).mapToLong(Badge::bit).sum());
    TreeSet<Long> faults = new TreeSet<>();
    for (Task x : t.tasks()) {
      faults.add(x.faultBadge());
    }
    assertEquals(5, faults.size());
    assertEquals(1L << 32, faults.first());
  }

  // ---- What can't be made ----

  private String refused(
      UnaryOperator<List<Task>> tasks, UnaryOperator<List<KernelObject>> objects, UnaryOperator<List<Cap>> caps,
      UnaryOperator<List<Mapping>> maps) throws IOException {
    CapTable t = table();
    return String.valueOf(assertThrows(IllegalArgumentException.class, () -> new CapTable(tasks.apply(new ArrayList<>(t.tasks())),
        objects.apply(new ArrayList<>(t.objects())), t.badges(), caps.apply(new ArrayList<>(t.caps())),
        maps.apply(new ArrayList<>(t.maps())), t.interrupts())).getMessage());
  }

  private String refusedCap(Cap extra) throws IOException {
    return refused(UnaryOperator.identity(), UnaryOperator.identity(), c -> {
      c.add(extra);
      return c;
    }, UnaryOperator.identity());
  }

  private String refusedMap(Mapping extra) throws IOException {
    return refused(UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity(), x -> {
      x.add(extra);
      return x;
    });
  }

  @Test
  void aSlotOutsideTheCSpaceOrTakenIsRefused() throws Exception {
    assertEquals("capability table: CAP_WORKER_MORE: slot 4 is outside the 4 of its CSpace, or its empty first",
        refusedCap(new Cap(TaskId.WORKER, 4, "more", "authority.faults", Rights.FAULT, null, "")));
    assertEquals("capability table: CAP_NETD_MORE: slot 0 is outside the 8 of its CSpace, or its empty first",
        refusedCap(new Cap(TaskId.NETD, 0, "more", "netd.wait", Rights.READ, null, "")));
    assertEquals("capability table: CAP_NETD_MORE: slot 4 is taken",
        refusedCap(new Cap(TaskId.NETD, 4, "more", "netd.wait", Rights.READ, null, "")));
  }

  @Test
  void anotherTasksOwnObjectIsRefused() throws Exception {
    assertEquals("capability table: CAP_NETD_MORE: nicd.vspace ends with nicd",
        refusedCap(new Cap(TaskId.NETD, 5, "more", "nicd.vspace", Rights.NONE, null, "")));
    assertEquals("capability table: mapping of nicd.text in netd: nicd.text ends with nicd",
        refusedMap(new Mapping(TaskId.NETD, "nicd.text", 0x30000000L, Rights.READ, false, "")));
    assertEquals("capability table: CAP_NETD_MORE: names nobody.wait, which the manifest leaves out",
        refusedCap(new Cap(TaskId.NETD, 5, "more", "nobody.wait", Rights.READ, null, "")));
  }

  @Test
  void overlappingOrCrookedAddressesAreRefused() throws Exception {
    assertEquals("capability table: mapping of net.streams in netd: overlaps worker.text",
        refusedMap(new Mapping(TaskId.NETD, "worker.text", 0x103ff000L, Rights.READ, false, "")));
    assertEquals("capability table: mapping of worker.text in netd: address 0x30000800 is no place for RAM, 1 x 4 KiB",
        refusedMap(new Mapping(TaskId.NETD, "worker.text", 0x30000800L, Rights.READ, false, "")));
    assertEquals("capability table: mapping of worker.text in netd: address 0x40000000 is no place for RAM, 1 x 4 KiB",
        refusedMap(new Mapping(TaskId.NETD, "worker.text", 0x40000000L, Rights.READ, false, "")));
    assertEquals("capability table: mapping of netd.wait in netd: is no memory",
        refusedMap(new Mapping(TaskId.NETD, "netd.wait", 0x30000000L, Rights.READ, false, "")));
  }

  @Test
  void memoryThatTwoCanWriteOrThatIsWritableAndExecutableIsRefused() throws Exception {
    assertEquals("capability table: nic.queues: 2 tasks can write to it, and it is not listed as shared",
        refusedMap(new Mapping(TaskId.NETD, "nic.queues", 0x30000000L, Rights.BOTH, false, "")));
    assertEquals("capability table: nic.regs: is a device of several tasks",
        refusedMap(new Mapping(TaskId.NETD, "nic.regs", 0x30000000L, Rights.READ, false, "")));
    assertEquals("capability table: mapping of worker.text in netd: is executable and can change",
        refusedMap(new Mapping(TaskId.NETD, "worker.text", 0x30000000L, Rights.BOTH, true, "")));
    assertEquals("capability table: net.packets: 3 tasks can write to it, and it is listed as shared",
        refusedMap(new Mapping(TaskId.AUTHORITY, "net.packets", 0x30000000L, Rights.BOTH, false, "")));
  }

  @Test
  void aTaskOfTheAuthoritysPriorityIsRefused() throws Exception {
    assertEquals("capability table: task netd has the authority's priority or a higher one", refused(x -> {
      Task netd = x.get(2);
      x.set(2, new Task(TaskId.NETD, false, netd.role(), 255, netd.cores(), netd.radix(), 1));
      return x;
    }, UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity()));
  }
}
