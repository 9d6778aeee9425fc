// The design as data: tasks, objects, slots and addresses, as a manifest sizes them.
package io.cohesix.rtc.caps;

import static io.cohesix.rtc.capacity.TaskMemory.LARGE;
import static io.cohesix.rtc.capacity.TaskMemory.SMALL;
import static io.cohesix.rtc.caps.TaskId.AUTHORITY;
import static io.cohesix.rtc.caps.TaskId.NETD;
import static io.cohesix.rtc.caps.TaskId.NICD;
import static io.cohesix.rtc.caps.TaskId.SEATD;
import static io.cohesix.rtc.caps.TaskId.WORKER;

import io.cohesix.rtc.capacity.TaskMemory;
import io.cohesix.rtc.manifest.Manifest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds one manifest's table. */
final class Layout {
  /** Text and constants of an image. */
  static final long TEXT = 0x400000;

  /**
   * Its stack, then its data, in the same table as its text: each table is 512 places for the boot's audit to ask. Below it nothing
   * can be written: a stack that overflows faults.
   */
  static final long DATA = 0x500000;

  /** The same where its pages are large. */
  static final long LARGE_DATA = 0x600000;

  static final long PACKETS = 0x10000000;
  static final long STREAMS = 0x10200000;

  /** In nicd, in that table too. */
  static final long QUEUES = 0x5e0000;
  static final long REGS = 0x5f0000;

  /** In seatd, in that table too; the screen's pages are large. */
  static final long SEAT_RING = 0x5d0000;
  static final long SEAT_QUEUES = 0x5e0000;
  static final long SEAT_KEYBOARD = 0x5f0000;
  static final long SEAT_FWCFG = 0x5f1000;
  static final long SEAT_SCREEN = 0x20200000;

  /** seat.ring in the authority: in its window of small pages. */
  static final long AUTHORITY_SEAT = 0x10020000;

  /** net.streams in the authority; the hive follows. */
  static final long ARENA = 0x18000000;

  private final Manifest m;
  private final boolean net;
  private final boolean seat;
  private final List<Task> tasks = new ArrayList<>();
  private final List<KernelObject> objects = new ArrayList<>();
  private final List<Badge> badges = new ArrayList<>();
  private final List<Cap> caps = new ArrayList<>();
  private final List<Mapping> maps = new ArrayList<>();
  private final List<Interrupt> interrupts = new ArrayList<>();

  Layout(Manifest m, boolean net, boolean seat) {
    this.m = m;
    this.net = net;
    this.seat = seat;
  }

  CapTable table() {
    tasks();
    badges();
    objects();
    authority();
    if (net) {
      nicd();
      netd();
    }
    if (seat) {
      seatd();
    }
    worker();
    return new CapTable(tasks, objects, badges, caps, maps, interrupts);
  }

  private void tasks() {
    long isNet = net ? 1 : 0;
    List<Long> netCore = core("net_core");
    tasks.add(new Task(AUTHORITY, true, "owns all state, decides, builds and buries the others", 255, core("authority_core"), 0, 1));
    tasks.add(new Task(NICD, true, "drives the NIC: the only one that writes addresses for a device", 200, netCore, 3, isNet));
    tasks.add(new Task(NETD, false, "speaks TCP/IP: all bytes of strangers end in it", 100, netCore, 3, isNet));
    tasks.add(new Task(SEATD, true, "serves the local seat: the keyboard, and text on the display", 125, core("authority_core"), 3, seat ? 1 : 0));
    tasks.add(new Task(WORKER, false, "one heartbeat worker", 150, workerCores(), 2, m.num("workers.max")));
  }

  private List<Long> core(String key) {
    return List.of(m.bool("affinity.enabled") ? m.num("affinity." + key) : 0L);
  }

  private List<Long> workerCores() {
    List<Long> cores = m.ints("affinity.worker_cores");
    return m.bool("affinity.enabled") && !cores.isEmpty() ? cores : List.of(0L);
  }

  private void badges() {
    badge(AUTHORITY, "TIMER", 1, "the next deadline is there");
    badge(AUTHORITY, "UART", 2, "bytes came by the serial line, or went");
    badge(AUTHORITY, "NICD", 4, "the NIC is ready, its rings are empty");
    badge(AUTHORITY, "NETD", 8, "stream ports moved, or a poke is answered");
    badge(AUTHORITY, "FORGED", 16, "nicd has refused what netd wrote");
    badge(AUTHORITY, "SEAT", 32, "keys were typed at the local seat, or its devices are ready or not there");
    badge(AUTHORITY, "ALARM", 64, "a second has passed by the real-time clock, which no other task can reach");
    badge(NICD, "IRQ", 1, "the NIC has interrupted");
    badge(NICD, "NETD", 2, "packets were given or taken");
    badge(NICD, "RESET", 4, "the authority wants device and rings anew");
    badge(NETD, "NICD", 1, "packets came or went");
    badge(NETD, "AUTHORITY", 2, "stream ports moved, or the time that was asked for is there");
    badge(SEATD, "IRQ", 1, "the keyboard has interrupted");
    badge(SEATD, "AUTHORITY", 2, "text is to be shown");
    badge(WORKER, "AUTHORITY", 1, "it is time for a tick");
  }

  private void badge(TaskId to, String source, long bit, String why) {
    badges.add(new Badge(to, source, bit, why));
  }

  private Badge badge(TaskId to, String source) {
    return badges.stream().filter(b -> b.to() == to && b.source().equals(source)).findFirst().orElseThrow();
  }

  private void objects() {
    one("authority.wait", Kind.NOTIFICATION, AUTHORITY, true, "wakes the authority; bound to its TCB");
    one("authority.faults", Kind.ENDPOINT, AUTHORITY, true, "faults of all other tasks");
    one("timer.irq", Kind.IRQ, AUTHORITY, true, "the timer's interrupt");
    one("uart.irq", Kind.IRQ, AUTHORITY, true, "the serial line's interrupt");
    one("rtc.irq", Kind.IRQ, AUTHORITY, alarm(), "the real-time clock's interrupt");
    one("nicd.wait", Kind.NOTIFICATION, AUTHORITY, net, "wakes nicd");
    one("netd.wait", Kind.NOTIFICATION, AUTHORITY, net, "wakes netd; outlives it, so that nicd's capability stays good");
    one("nic.irq", Kind.IRQ, AUTHORITY, net, "the NIC's interrupt");
    memory("nic.regs", Kind.DEVICE, AUTHORITY, SMALL, net ? 1 : 0, "the NIC's registers, the only device in their page");
    memory("nic.queues", Kind.PAGES, AUTHORITY, SMALL, net ? TaskMemory.QUEUE_PAGES : 0,
        "descriptor tables and rings, contiguous: the device reads addresses here");
    shared("net.packets", net ? 1 : 0, "packets and their two rings; the device writes them by address");
    shared("net.streams", net ? TaskMemory.streamPages(m) : 0, "bells, counters, the time, then stream ports");
    one("seatd.wait", Kind.NOTIFICATION, AUTHORITY, seat, "wakes seatd");
    one("seat.irq", Kind.IRQ, AUTHORITY, seat, "the keyboard's interrupt");
    memory("seat.keyboard", Kind.DEVICE, AUTHORITY, SMALL, seat ? 1 : 0, "the keyboard's registers, the only device in their page");
    memory("seat.fwcfg", Kind.DEVICE, AUTHORITY, SMALL, seat ? 1 : 0, "QEMU's configuration device, through which ramfb is set up");
    memory("seat.queues", Kind.PAGES, AUTHORITY, SMALL, seat ? TaskMemory.SEAT_QUEUE_PAGES : 0,
        "descriptors, rings and events of the keyboard, orders to the display");
    memory("seat.screen", Kind.PAGES, AUTHORITY, LARGE, seat ? TaskMemory.SEAT_SCREEN_PAGES : 0, "the framebuffer; the display reads it");
    objects.add(new KernelObject("seat.ring", Kind.PAGES, AUTHORITY, SMALL, seat ? TaskMemory.SEAT_RING_PAGES : 0, true,
        "keys one way, the serial line's text the other"));
    memory("worker.text", Kind.PAGES, AUTHORITY, SMALL, TaskMemory.WORKER_PAGES, "text and constants of all workers, one copy");
    task(NICD, net);
    memory("nicd.text", Kind.PAGES, NICD, SMALL, net ? TaskMemory.NICD_TEXT_PAGES : 0, "text and constants");
    memory("nicd.data", Kind.PAGES, NICD, SMALL, net ? TaskMemory.NICD_DATA_PAGES : 0, "stack and data");
    task(NETD, net);
    memory("netd.text", Kind.PAGES, NETD, SMALL, net ? TaskMemory.NETD_TEXT_PAGES : 0, "text and constants");
    memory("netd.data", Kind.PAGES, NETD, TaskMemory.netdDataBits(m), net ? TaskMemory.netdDataPages(m) : 0,
        "stack and data, lwIP's pools with them");
    task(SEATD, seat);
    memory("seatd.text", Kind.PAGES, SEATD, SMALL, seat ? TaskMemory.SEATD_TEXT_PAGES : 0, "text and constants, glyphs with them");
    memory("seatd.data", Kind.PAGES, SEATD, SMALL, seat ? TaskMemory.SEATD_DATA_PAGES : 0, "stack and data");
    task(WORKER, true);
    one("worker.wait", Kind.NOTIFICATION, WORKER, true, "wakes a worker");
    memory("worker.data", Kind.PAGES, WORKER, SMALL, TaskMemory.WORKER_PAGES, "stack and data");
  }

  /** The board has a real-time clock that interrupts. */
  private boolean alarm() {
    return m.text("hw.rtc").equals("pl031");
  }

  private void task(TaskId id, boolean present) {
    one(id.word() + ".tcb", Kind.TCB, id, present, "its thread");
    one(id.word() + ".cspace", Kind.CSPACE, id, present, "its slots");
    one(id.word() + ".vspace", Kind.VSPACE, id, present, "its address space");
  }

  private void one(String name, Kind kind, TaskId home, boolean present, String holds) {
    objects.add(new KernelObject(name, kind, home, 0, present ? 1 : 0, false, holds));
  }

  private void memory(String name, Kind kind, TaskId home, int bits, long count, String holds) {
    objects.add(new KernelObject(name, kind, home, bits, count, false, holds));
  }

  private void shared(String name, long count, String holds) {
    objects.add(new KernelObject(name, Kind.PAGES, AUTHORITY, LARGE, count, true, holds));
  }

  private void authority() {
    cap(AUTHORITY, 0, "wait", "authority.wait", Rights.READ, null, "receives its signals; bound to the thread, so that one wait serves signals and faults");
    cap(AUTHORITY, 0, "faults", "authority.faults", Rights.READ, null, "receives the faults of all other tasks");
    cap(AUTHORITY, 0, "timer", "timer.irq", Rights.NONE, null, "acknowledges the timer");
    cap(AUTHORITY, 0, "uart", "uart.irq", Rights.NONE, null, "acknowledges the serial line");
    if (alarm()) {
      cap(AUTHORITY, 0, "alarm", "rtc.irq", Rights.NONE, null, "acknowledges the real-time clock's alarm");
      interrupts.add(new Interrupt("rtc.irq", badge(AUTHORITY, "ALARM")));
    }
    interrupts.add(new Interrupt("timer.irq", badge(AUTHORITY, "TIMER")));
    interrupts.add(new Interrupt("uart.irq", badge(AUTHORITY, "UART")));
    if (net) {
      cap(AUTHORITY, 0, "nicd", "nicd.wait", Rights.WRITE, badge(NICD, "RESET"), "asks nicd for a new start of device and rings");
      cap(AUTHORITY, 0, "netd", "netd.wait", Rights.WRITE, badge(NETD, "AUTHORITY"), "tells netd that stream ports moved or that its time came");
      map(AUTHORITY, "net.streams", ARENA, Rights.BOTH, false, "takes bytes from stream ports and puts answers there");
    }
    if (seat) {
      cap(AUTHORITY, 0, "seatd", "seatd.wait", Rights.WRITE, badge(SEATD, "AUTHORITY"), "tells seatd that text is to be shown");
      map(AUTHORITY, "seat.ring", AUTHORITY_SEAT, Rights.BOTH, false, "takes keys, puts what goes to the serial line");
    }
    cap(AUTHORITY, 0, "worker", "worker.wait", Rights.WRITE, badge(WORKER, "AUTHORITY"), "tells a worker that its tick is due");
  }

  private void nicd() {
    cap(NICD, 1, "wait", "nicd.wait", Rights.READ, null, "waits for interrupts, netd and the authority");
    cap(NICD, 2, "irq", "nic.irq", Rights.NONE, null, "acknowledges the NIC's interrupt");
    cap(NICD, 3, "netd", "netd.wait", Rights.WRITE, badge(NETD, "NICD"), "tells netd that packets came or went");
    cap(NICD, 4, "authority", "authority.wait", Rights.WRITE, badge(AUTHORITY, "NICD"), "tells the authority that the device is ready");
    if (m.bool("cache.kernel_ops")) {
      cap(NICD, 5, "vspace", "nicd.vspace", Rights.NONE, null,
          "has the kernel clean and invalidate its own cache lines; it holds no frame that it could map");
    }
    cap(NICD, 6, "faults", "authority.faults", Rights.FAULT, null, "the kernel sends its faults by it");
    cap(NICD, 7, "forged", "authority.wait", Rights.WRITE, badge(AUTHORITY, "FORGED"), "tells the authority that netd wrote what can't be");
    interrupts.add(new Interrupt("nic.irq", badge(NICD, "IRQ")));
    image(NICD);
    map(NICD, "net.packets", PACKETS, Rights.BOTH, false, "checks what netd wrote, tells what the device did");
    map(NICD, "nic.queues", QUEUES, Rights.BOTH, false, "writes descriptors: nobody else can");
    map(NICD, "nic.regs", REGS, Rights.BOTH, false, "starts, notifies and resets the device");
  }

  private void netd() {
    cap(NETD, 1, "wait", "netd.wait", Rights.READ, null, "waits for packets and for the authority");
    cap(NETD, 2, "nicd", "nicd.wait", Rights.WRITE, badge(NICD, "NETD"), "tells nicd that packets were given or taken");
    cap(NETD, 3, "authority", "authority.wait", Rights.WRITE, badge(AUTHORITY, "NETD"), "tells the authority that stream ports moved");
    cap(NETD, 4, "faults", "authority.faults", Rights.FAULT, null, "the kernel sends its faults by it");
    image(NETD);
    map(NETD, "net.packets", PACKETS, Rights.BOTH, false, "reads received packets, writes those to send");
    map(NETD, "net.streams", STREAMS, Rights.BOTH, false, "puts bytes of connections into stream ports, takes answers");
  }

  private void seatd() {
    cap(SEATD, 1, "wait", "seatd.wait", Rights.READ, null, "waits for interrupts and for the authority");
    cap(SEATD, 2, "irq", "seat.irq", Rights.NONE, null, "acknowledges the keyboard's interrupt");
    cap(SEATD, 3, "authority", "authority.wait", Rights.WRITE, badge(AUTHORITY, "SEAT"), "tells the authority of keys, and that the devices are ready");
    cap(SEATD, 4, "faults", "authority.faults", Rights.FAULT, null, "the kernel sends its faults by it");
    interrupts.add(new Interrupt("seat.irq", badge(SEATD, "IRQ")));
    image(SEATD);
    map(SEATD, "seat.ring", SEAT_RING, Rights.BOTH, false, "puts keys, takes text");
    map(SEATD, "seat.queues", SEAT_QUEUES, Rights.BOTH, false, "writes descriptors and orders: nobody else can");
    map(SEATD, "seat.keyboard", SEAT_KEYBOARD, Rights.BOTH, false, "starts the keyboard and hears it");
    map(SEATD, "seat.fwcfg", SEAT_FWCFG, Rights.BOTH, false, "tells the display where the framebuffer is");
    map(SEATD, "seat.screen", SEAT_SCREEN, Rights.BOTH, false, "draws");
  }

  private void worker() {
    cap(WORKER, 1, "wait", "worker.wait", Rights.READ, null, "waits for its tick");
    cap(WORKER, 2, "faults", "authority.faults", Rights.FAULT, null, "the kernel sends its faults by it");
    image(WORKER);
  }

  private void image(TaskId id) {
    map(id, id.word() + ".text", TEXT, Rights.READ, true, "runs it");
    String data = id.word() + ".data";
    boolean large = objects.stream().anyMatch(o -> o.name().equals(data) && o.pageBits() == LARGE);
    map(id, data, large ? LARGE_DATA : DATA, Rights.BOTH, false, "its own memory; no one else's");
  }

  private void cap(TaskId task, int slot, String name, String object, Rights rights, @Nullable Badge badge, String why) {
    caps.add(new Cap(task, slot, name, object, rights, badge, why));
  }

  private void map(TaskId task, String object, long vaddr, Rights rights, boolean executable, String why) {
    maps.add(new Mapping(task, object, vaddr, rights, executable, why));
  }
}
