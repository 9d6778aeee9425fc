// What a device tree says about its machine, and whether a kernel fits it.
package io.cohesix.rtc.image;

import static io.cohesix.rtc.image.LoadImage.hex;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Facts of a flattened device tree.
 *
 * @param compatible the root's, most special first
 * @param memory ranges of all nodes whose device_type is memory
 * @param cpus nodes below /cpus whose device_type is cpu
 */
record TreeFacts(List<String> compatible, List<Range> memory, int cpus) {
  /** Addresses from start to the one before end. */
  record Range(long start, long end) {}

  private static final int BEGIN = 1;
  private static final int END = 2;
  private static final int PROPERTY = 3;
  private static final int NOTHING = 4;
  private static final int LAST = 9;

  /**
   * Reads a tree as {@link DeviceTree#trimmed} left it.
   *
   * @throws ImageException when it is broken inside
   */
  static TreeFacts read(byte[] tree) {
    try {
      return new Walk(tree).facts();
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new ImageException("device tree: its structure is broken: dump it again", e);
    }
  }

  /** Refuses a tree of another machine than the kernel was built for. */
  void check(KernelBuild build) {
    check(build.board(), build.ramStart(), build.ramEnd(), build.nodes());
  }

  /** The same from what an image says of its kernel. */
  void check(Board board, long ramStart, long ramEnd, int nodes) {
    if (!compatible.contains(board.compatible)) {
      throw new ImageException(
          "device tree: is for " + (compatible.isEmpty() ? "an unnamed machine" : compatible.get(0)) + ", "
              + board.title + " has " + board.compatible + ": name the board's own tree with --dtb");
    }
    if (memory.stream().noneMatch(r -> r.start <= ramStart && r.end >= ramEnd)) {
      throw new ImageException(
          "device tree: has memory " + shown() + ", the kernel is built for " + hex(ramStart) + " to " + hex(ramEnd)
              + ": name the tree of a machine with " + board.memoryMiB(ramEnd) + " MiB");
    }
    if (cpus < nodes) {
      throw new ImageException(
          "device tree: has " + cpus + " processors, the kernel is built for " + nodes
              + ": name the tree of a machine with as many");
    }
  }

  /** `0x40000000 to 0x80000000`. */
  String shown() {
    return memory.isEmpty()
        ? "nowhere"
        : String.join(", ", memory.stream().map(r -> hex(r.start) + " to " + hex(r.end)).toList());
  }

  /** One pass over the structure; a node's properties are complete before its first child, and judged at its end. */
  private static final class Walk {
    private final ByteBuffer in;
    private final byte[] tree;
    private final int strings;
    private final List<Map<String, byte[]>> open = new ArrayList<>();
    private final List<String> path = new ArrayList<>();
    private final List<Range> memory = new ArrayList<>();
    private List<String> compatible = List.of();
    private int cpus;

    Walk(byte[] tree) {
      this.tree = tree;
      this.in = ByteBuffer.wrap(tree);
      this.strings = in.getInt(12);
      in.position(in.getInt(8));
    }

    TreeFacts facts() {
      for (int token = in.getInt(); token != LAST; token = in.getInt()) {
        switch (token) {
          case BEGIN -> {
            path.add(text(in.position()));
            align(path.get(path.size() - 1).length() + 1);
            open.add(new HashMap<>());
          }
          case PROPERTY -> {
            byte[] value = new byte[in.getInt()];
            String name = text(strings + in.getInt());
            in.get(value);
            align(0);
            open.get(open.size() - 1).put(name, value);
          }
          case END -> close();
          case NOTHING -> {}
          default -> throw new IndexOutOfBoundsException(token);
        }
      }
      return new TreeFacts(compatible, List.copyOf(memory), cpus);
    }

    private void align(int more) {
      in.position((in.position() + more + 3) & ~3);
    }

    private String text(int at) {
      int end = at;
      while (tree[end] != 0) {
        end++;
      }
      return new String(tree, at, end - at, StandardCharsets.US_ASCII);
    }

    private void close() {
      Map<String, byte[]> node = open.remove(open.size() - 1);
      String type = string(node.get("device_type"));
      int depth = path.size();
      if (depth == 1) {
        compatible = List.of(string(node.get("compatible")).split("\0"));
      } else if (depth == 2 && type.equals("memory") && node.containsKey("reg")) {
        ranges(ByteBuffer.wrap(node.get("reg")));
      } else if (depth == 3 && path.get(1).equals("cpus") && type.equals("cpu")) {
        cpus++;
      }
      path.remove(depth - 1);
    }

    private void ranges(ByteBuffer reg) {
      int addressCells = cells("#address-cells", 2);
      int sizeCells = cells("#size-cells", 1);
      while (reg.remaining() >= 4 * (addressCells + sizeCells)) {
        long start = number(reg, addressCells);
        memory.add(new Range(start, start + number(reg, sizeCells)));
      }
    }

    private int cells(String name, int otherwise) {
      byte[] value = open.get(0).get(name);
      int cells = value == null ? otherwise : ByteBuffer.wrap(value).getInt();
      if (cells < 1 || cells > 2) {
        throw new IndexOutOfBoundsException(cells);
      }
      return cells;
    }

    private static long number(ByteBuffer reg, int cells) {
      return cells == 1 ? Integer.toUnsignedLong(reg.getInt()) : reg.getLong();
    }

    private static String string(byte @org.jspecify.annotations.Nullable [] value) {
      String text = value == null ? "" : new String(value, StandardCharsets.US_ASCII);
      return text.endsWith("\0") ? text.substring(0, text.length() - 1) : text;
    }
  }
}
