// How the image commands end: a result as text or JSON, or a refusal as one sentence.
package io.cohesix.rtc.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** Exit code 0 with a result, 1 with a refusal; with --json both are one object on stdout. */
final class Outcome {
  private Outcome() {}

  /** Runs work; an {@link ImageException} or a file that can't be read or written becomes a sentence. */
  static int of(CommandSpec spec, boolean json, Callable<Map<String, Object>> work) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      Map<String, Object> result = work.call();
      result.put("ok", true);
      if (json) {
        out.println(print(result));
      } else {
        text(out, err, result);
      }
      out.flush();
      return 0;
    } catch (ImageException e) {
      return failed(spec, json, e.getMessage() == null ? "refused" : e.getMessage());
    } catch (IOException e) {
      return failed(spec, json, "can't read or write a file: " + e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static int failed(CommandSpec spec, boolean json, String why) {
    return failed(spec, "image", json, why);
  }

  /** Says a refusal; who is the command below coh-rtc. */
  static int failed(CommandSpec spec, String who, boolean json, String why) {
    return failed(spec, who, json, why, 1);
  }

  /** The same, with another exit code. */
  static int failed(CommandSpec spec, String who, boolean json, String why, int code) {
    if (json) {
      spec.commandLine().getOut().println(print(new TreeMap<>(Map.of("ok", false, "error", why))));
      spec.commandLine().getOut().flush();
    } else {
      spec.commandLine().getErr().println("coh-rtc " + who + ": " + why);
      spec.commandLine().getErr().flush();
    }
    return code;
  }

  private static void text(PrintWriter out, PrintWriter err, Map<String, Object> result) {
    if (result.get("notes") instanceof List<?> notes) {
      notes.forEach(n -> err.println("note: " + n));
      err.flush();
    }
    if (result.get("disk") instanceof String disk) {
      out.println(disk + ": " + result.get("disk_bytes") + " bytes, SHA-256 " + result.get("disk_sha256"));
    }
    lines(result).forEach(out::println);
  }

  /** The facts of {@link #describe} as people read them. */
  static List<String> lines(Map<String, Object> facts) {
    List<String> out = new ArrayList<>();
    if (facts.get("payloads") instanceof List<?> payloads) {
      out.add(
          facts.get("image") + ": " + facts.get("bytes") + " bytes, for " + facts.get("board") + ", "
              + facts.get("stamp")
              + ", EL" + facts.get("el") + ", cores " + facts.get("cores") + ", memory " + facts.get("memory_mib")
              + " MiB, manifest " + facts.get("manifest_sha256"));
      for (Object o : payloads) {
        Map<?, ?> p = (Map<?, ?>) o;
        out.add(
            String.format(
                Locale.ROOT, "  %-10s %8s bytes %9s in memory  %s", p.get("kind"), p.get("bytes"), p.get("mem_bytes"),
                p.get("sha256")));
      }
      if (facts.get("measurements") instanceof Map<?, ?> m) {
        out.add("  measurement " + m.get("measurement") + " (attestation: " + m.get("kind") + ")");
      }
    }
    return out;
  }

  static String print(Map<String, Object> value) {
    try {
      return new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where the memory ends that the kernel was compiled for. */
  static long memoryEnd(PayloadTable t) {
    return t.blobs().stream()
        .filter(b -> b.kind() == PayloadTable.Kind.MEMORY)
        .flatMap(b -> MemoryRange.read(b.bytes()).stream())
        .mapToLong(MemoryRange::end)
        .max()
        .orElse(t.ramEnd());
  }

  /** What there is to say about a flat image. */
  static Map<String, Object> describe(String name, byte[] image, PayloadTable t) {
    Map<String, Object> out = new TreeMap<>();
    List<Map<String, Object>> payloads = new ArrayList<>();
    for (PayloadTable.Blob b : t.blobs()) {
      Map<String, Object> p = new TreeMap<>();
      p.put("kind", b.kind().name().toLowerCase(Locale.ROOT));
      p.put("bytes", b.bytes().length());
      p.put("mem_bytes", b.memSize());
      p.put("virt", LoadImage.hex(b.virt()));
      p.put("phys", LoadImage.hex(b.phys()));
      p.put("sha256", b.bytes().sha256());
      payloads.add(p);
    }
    out.put("image", name);
    out.put("bytes", image.length);
    out.put("sha256", Hash.sha256Hex(image));
    out.put("stamp", t.stamp());
    out.put("board", t.board().toString());
    out.put("el", t.el2() ? 2 : 1);
    out.put("cores", t.cores());
    out.put("physical_bits", t.physicalBits());
    out.put("memory_mib", t.board().memoryMiB(memoryEnd(t)));
    out.put("manifest_sha256", t.manifestSha256());
    out.put("payloads", payloads);
    return out;
  }
}
