// Who holds which capability, what is mapped where, and what must be true of such a table.
package io.cohesix.rtc.caps;

import io.cohesix.rtc.capacity.TaskMemory;
import io.cohesix.rtc.manifest.Manifest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The whole table of one manifest. It can't be made unless it is sound: see {@link #check}. Immutable. */
public final class CapTable {
  /** Everything is mapped below this address, where the root task's own tables serve. */
  static final long END = 0x40000000L;

  private final List<Task> tasks;
  private final Map<String, KernelObject> objects = new LinkedHashMap<>();
  private final List<Badge> badges;
  private final List<Cap> caps;
  private final List<Mapping> maps;
  private final List<Interrupt> interrupts;

  CapTable(
      List<Task> tasks, List<KernelObject> objects, List<Badge> badges, List<Cap> caps, List<Mapping> maps,
      List<Interrupt> interrupts) {
    this.tasks = List.copyOf(tasks);
    objects.forEach(o -> this.objects.put(o.name(), o));
    this.badges = List.copyOf(badges);
    this.caps = List.copyOf(caps);
    this.maps = List.copyOf(maps);
    this.interrupts = List.copyOf(interrupts);
    List<String> wrong = check();
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException("capability table: " + String.join("; ", wrong));
    }
  }

  /** The table of a resolved manifest. */
  public static CapTable of(Manifest m) {
    return new Layout(m, TaskMemory.net(m), TaskMemory.seat(m)).table();
  }

  /** The same with all tasks, whatever the manifest says: what names and numbers are made from, so that sources compile. */
  public static CapTable withAll(Manifest m) {
    return new Layout(m, true, true).table();
  }

  /** All tasks in the order of {@link TaskId}; those that the manifest leaves out have no instance. */
  public List<Task> tasks() {
    return tasks;
  }

  /** Tasks that the manifest has. */
  public List<Task> present() {
    return tasks.stream().filter(t -> t.instances() > 0).toList();
  }

  /** One task. */
  public Task task(TaskId id) {
    return tasks.get(id.number());
  }

  /** All objects; those that the manifest leaves out have count 0. */
  public List<KernelObject> objects() {
    return List.copyOf(objects.values());
  }

  /** One object by its name. */
  public KernelObject object(String name) {
    KernelObject o = objects.get(name);
    if (o == null) {
      throw new IllegalArgumentException("no object " + name);
    }
    return o;
  }

  /** Bits of all notifications. */
  public List<Badge> badges() {
    return badges;
  }

  /** All slots of all tasks. */
  public List<Cap> caps() {
    return caps;
  }

  /** The slots of one task. */
  public List<Cap> caps(TaskId id) {
    return caps.stream().filter(c -> c.task() == id).toList();
  }

  /** All mappings. */
  public List<Mapping> maps() {
    return maps;
  }

  /** The mappings of one task. */
  public List<Mapping> maps(TaskId id) {
    return maps.stream().filter(x -> x.task() == id).toList();
  }

  /** Where interrupts go. */
  public List<Interrupt> interrupts() {
    return interrupts;
  }

  /** Where the hive's own memory begins in the authority: behind net.streams. */
  public long arena() {
    return Layout.ARENA + object("net.streams").bytes();
  }

  /** Tasks into whose address space an object is mapped. */
  public List<TaskId> users(KernelObject o) {
    return maps.stream().filter(x -> x.object().equals(o.name())).map(Mapping::task).distinct().sorted().toList();
  }

  /** Everything that is wrong with the table, one sentence each. */
  private List<String> check() {
    List<String> out = new ArrayList<>();
    checkTasks(out);
    checkBadges(out);
    checkCaps(out);
    checkMaps(out);
    checkSharing(out);
    return out;
  }

  private void checkTasks(List<String> out) {
    for (int i = 0; i < tasks.size(); i++) {
      Task t = tasks.get(i);
      if (t.id().number() != i) {
        out.add("task " + t.word() + " stands in place " + i);
      }
      if (t.cores().isEmpty()) {
        out.add("task " + t.word() + " has no core");
      }
      if (t.id() != TaskId.AUTHORITY && t.priority() >= tasks.get(0).priority()) {
        out.add("task " + t.word() + " has the authority's priority or a higher one");
      }
    }
  }

  private void checkBadges(List<String> out) {
    Map<TaskId, Long> taken = new EnumMap<>(TaskId.class);
    for (Badge b : badges) {
      long before = taken.getOrDefault(b.to(), 0L);
      if (Long.bitCount(b.bit()) != 1 || b.bit() >= Task.FAULT || (before & b.bit()) != 0) {
        out.add(b.macro() + " is no bit of its own below the fault bit");
      }
      taken.put(b.to(), before | b.bit());
    }
  }

  private void checkCaps(List<String> out) {
    Set<String> slots = new HashSet<>();
    for (Cap c : caps) {
      Task t = task(c.task());
      if (c.task() != TaskId.AUTHORITY) {
        if (c.slot() < 1 || c.slot() >= 1 << t.radix()) {
          out.add(c.macro() + ": slot " + c.slot() + " is outside the " + (1 << t.radix()) + " of its CSpace, or its empty first");
        }
        if (!slots.add(t.word() + ' ' + c.slot())) {
          out.add(c.macro() + ": slot " + c.slot() + " is taken");
        }
      }
      checkUse(out, c.macro(), t, c.object());
      Badge b = c.badge();
      if (b != null && !c.object().equals(b.to().word() + ".wait")) {
        out.add(c.macro() + ": " + b.macro() + " is no bit of " + c.object());
      }
    }
  }

  /** An object that ends with one task is held by that task alone, but for the authority, which made it. */
  private void checkUse(List<String> out, String who, Task t, String name) {
    KernelObject o = objects.get(name);
    if (o == null || o.count() == 0 || t.instances() == 0) {
      out.add(who + ": names " + name + ", which the manifest leaves out");
    } else if (o.home() != TaskId.AUTHORITY && t.id() != TaskId.AUTHORITY && o.home() != t.id()) {
      out.add(who + ": " + name + " ends with " + o.home().word());
    }
  }

  private void checkMaps(List<String> out) {
    for (int i = 0; i < maps.size(); i++) {
      Mapping x = maps.get(i);
      String who = "mapping of " + x.object() + " in " + x.task().word();
      checkUse(out, who, task(x.task()), x.object());
      KernelObject o = objects.get(x.object());
      if (o == null) {
        continue;
      }
      if (!o.kind().mapped() || o.pageBits() == 0) {
        out.add(who + ": is no memory");
      }
      if (x.vaddr() <= 0 || x.vaddr() % (1L << o.pageBits()) != 0 || x.vaddr() + o.bytes() > END) {
        out.add(who + ": address 0x" + Long.toHexString(x.vaddr()) + " is no place for " + o.words());
      }
      if (x.executable() && (x.rights().writes() || o.kind() == Kind.DEVICE)) {
        out.add(who + ": is executable and can change");
      }
      for (Mapping y : maps.subList(i + 1, maps.size())) {
        if (x.task() == y.task() && x.vaddr() < y.vaddr() + object(y.object()).bytes() && y.vaddr() < x.vaddr() + o.bytes()) {
          out.add(who + ": overlaps " + y.object());
        }
      }
    }
  }

  /** What two tasks can write is said to be shared; what is said to be shared has two tasks; a device has one. */
  private void checkSharing(List<String> out) {
    Map<String, Set<TaskId>> writers = new HashMap<>();
    for (Mapping x : maps) {
      if (x.rights().writes()) {
        writers.computeIfAbsent(x.object(), k -> new HashSet<>()).add(x.task());
      }
    }
    for (KernelObject o : objects.values()) {
      int n = writers.getOrDefault(o.name(), Set.of()).size();
      if (o.shared() ? o.count() > 0 && n != 2 : n > 1) {
        out.add(o.name() + ": " + n + " tasks can write to it, and it is " + (o.shared() ? "" : "not ") + "listed as shared");
      }
      if (o.kind() == Kind.DEVICE && users(o).size() > 1) {
        out.add(o.name() + ": is a device of several tasks");
      }
    }
  }
}
