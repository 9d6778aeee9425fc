// The canonical resolved manifest: every value, with secrets replaced by key ids. Its SHA-256 is the manifest's.
package io.cohesix.rtc.codegen.json;

import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.Type;
import io.cohesix.rtc.secrets.Blake3;
import io.cohesix.rtc.secrets.Credentials;
import io.cohesix.rtc.secrets.Derive;
import io.cohesix.rtc.secrets.TicketKey;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds out/manifests/root_task_resolved.json. */
public final class ResolvedJson {
  private ResolvedJson() {}

  /** The document's text. */
  public static String text(Manifest m, Credentials credentials) {
    TreeMap<String, Object> root = new TreeMap<>();
    for (Key k : Schema.get().keys()) {
      if (k.type() instanceof Type.Tables) {
        put(root, k.path(), rows(m, k.path(), credentials));
      } else if (!k.inRow()) {
        Object value = m.get(k.path());
        if (value != null && !secret(k)) {
          put(root, k.path(), json(value, k.type()));
        }
      }
    }
    if (credentials.tokenDigest() != null && !m.bool("profile.release")) {
      byte[] digest = HexFormat.of().parseHex(credentials.tokenDigest());
      put(root, "console.auth_token_id", HexFormat.of().formatHex(Blake3.hash(digest), 0, 8));
    }
    if (credentials.casPublicKey() != null) {
      put(root, "cas.signing.public_key", credentials.casPublicKey());
    }
    return Json.print(root);
  }

  private static List<Object> rows(Manifest m, String table, Credentials credentials) {
    List<Object> out = new ArrayList<>();
    for (String row : m.rows(table)) {
      TreeMap<String, Object> object = new TreeMap<>();
      for (Key k : Schema.get().rowKeys(table)) {
        Object value = m.get(row + '.' + k.rowPath());
        if (value != null && !secret(k)) {
          put(object, k.rowPath(), json(value, k.type()));
        }
      }
      if (table.equals("tickets")) {
        int role = Derive.role(m.text(row + ".role"));
        for (TicketKey t : credentials.tickets()) {
          if (t.role() == role) {
            object.put("key_id", t.keyId());
          }
        }
      }
      out.add(object);
    }
    return out;
  }

  private static boolean secret(Key k) {
    return k.type() instanceof Type.Text t && t.form() == Type.Form.SECRET;
  }

  private static Object json(Object value, Type type) {
    return type instanceof Type.Decimal ? new Json.Raw(Type.Decimal.format((Long) value)) : value;
  }

  private static void put(Map<String, Object> root, String path, Object value) {
    Map<String, Object> at = root;
    String rest = path;
    while (rest.contains(".")) {
      String head = rest.substring(0, rest.indexOf('.'));
      rest = rest.substring(head.length() + 1);
      if (!(at.computeIfAbsent(head, h -> new TreeMap<String, Object>()) instanceof Map<?, ?> next)) {
        throw new IllegalStateException(path + " is a value and a section");
      }
      at = cast(next);
    }
    at.put(rest, value);
  }

  @SuppressWarnings("unchecked") // every map in the tree was made here, with these types
  private static Map<String, Object> cast(Map<?, ?> map) {
    return (Map<String, Object>) map;
  }
}
