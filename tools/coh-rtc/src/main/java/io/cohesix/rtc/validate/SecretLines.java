// Red lines of secrets and releases; derives the credentials that the tables carry.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.secrets.Credentials;
import io.cohesix.rtc.secrets.Derive;
import io.cohesix.rtc.secrets.SecretStore;
import io.cohesix.rtc.secrets.SecretStore.SecretException;
import io.cohesix.rtc.secrets.TicketKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class SecretLines extends Check {
  /** Secrets that stand in public manifests. */
  static final Set<String> KNOWN =
      Set.of("changeme", "bootstrap", "worker", "worker-heartbeat", "worker-gpu", "worker-bus", "worker-lora");

  private static final Path FIXTURES = Path.of("resources", "fixtures");

  private final SecretStore store;
  private final List<TicketKey> tickets = new ArrayList<>();
  private @Nullable String tokenDigest;
  private @Nullable String casPublicKey;

  SecretLines(Manifest manifest, Findings findings, SecretStore store) {
    super(manifest, findings);
    this.store = store;
  }

  /** What was derived; meaningful when no error was found. */
  Credentials credentials() {
    return new Credentials(
        tickets.stream().sorted(Comparator.comparingInt(TicketKey::role)).toList(), tokenDigest, casPublicKey);
  }

  @Override
  void run() {
    boolean release = sound("profile.release") && m.bool("profile.release");
    Map<String, String> roles = new HashMap<>();
    for (String row : m.rows("tickets")) {
      ticket(row, release, roles);
    }
    token(release);
    signing(release);
    if (release) {
      release();
    }
    attestation();
  }

  private void attestation() {
    String key = "hw.attestation.kind";
    if (sound(key, "hw.attestation.enabled") && m.bool("hw.attestation.enabled") && m.text(key).equals("none")) {
      error(RedLine.ATTESTATION_KIND, key, "is \"none\", must be \"dice\" or \"tpm2\" while hw.attestation.enabled is true");
    }
  }

  private void release() {
    for (String key : List.of("ecosystem.audit.enable", "ecosystem.audit.replay_enable")) {
      if (sound(key) && !m.bool(key)) {
        error(RedLine.RELEASE_AUDIT, key, "is false, must be true while profile.release is true");
      }
    }
    if (sound("console.queen_ticket_required") && !m.bool("console.queen_ticket_required")) {
      error(RedLine.RELEASE_QUEEN_TICKET, "console.queen_ticket_required",
          "is false, must be true while profile.release is true");
    }
  }

  private void ticket(String row, boolean release, Map<String, String> roles) {
    if (sound(row + ".role")) {
      String first = roles.putIfAbsent(m.text(row + ".role"), row);
      if (first != null) {
        error("ticket-role", row + ".role", "is \"" + m.text(row + ".role") + "\", which " + first + " has already; keep one");
      }
    }
    String literal = m.textOrNull(row + ".secret");
    String ref = m.textOrNull(row + ".secret_ref");
    String id = m.textOrNull(row + ".key_id");
    if (literal != null && release) {
      error(RedLine.RELEASE_SECRET, row + ".secret", "is a literal secret, must not be in a manifest while profile.release"
          + " is true; use secret_ref = \"env:NAME\" or \"file:PATH\"");
      return;
    }
    if (!sound(row + ".secret", row + ".secret_ref", row + ".key_id", row + ".role")) {
      return;
    }
    if ((literal == null) == (ref == null)) {
      error("ticket-secret", row, literal == null
          ? "has no secret; set secret_ref = \"env:NAME\" or \"file:PATH\""
          : "has both secret and secret_ref; keep one");
      return;
    }
    int role = Derive.role(m.text(row + ".role"));
    byte[] secret = literal != null
        ? literal.getBytes(StandardCharsets.UTF_8)
        : referenced(row + ".secret_ref", ref == null ? "" : ref, release, release && id != null);
    if (secret == null) {
      if (id != null) {
        tickets.add(new TicketKey(role, id, null));
      }
      return;
    }
    TicketKey key = Derive.ticket(role, secret);
    if (id != null && !id.equals(key.keyId())) {
      error("key-id", row + ".key_id", "is " + id + ", but the secret's key id is " + key.keyId() + "; correct one of them");
    }
    tickets.add(key);
  }

  /** A referenced secret; null when it can't be had, with an error unless that is allowed. */
  private byte @Nullable [] referenced(String key, String ref, boolean release, boolean optional) {
    if (release && ref.startsWith("file:") && fixture(ref.substring(5))) {
      error(RedLine.RELEASE_FIXTURE, key, "points below " + slashes(FIXTURES) + ", must not while profile.release is true");
      return null;
    }
    try {
      byte[] secret = store.read(ref);
      if (release && KNOWN.contains(new String(secret, StandardCharsets.UTF_8))) {
        error(RedLine.RELEASE_SECRET, key, "resolves to a secret that stands in public manifests; make a new one");
        return null;
      }
      return secret;
    } catch (SecretException e) {
      if (!optional) {
        error("secret-ref", key, e.getMessage() + (release && key.startsWith("tickets")
            ? "; or give key_id, so that a release compiles without its secrets" : ""));
      }
      return null;
    }
  }

  private boolean fixture(String path) {
    Path root = store.root().toAbsolutePath().normalize();
    return root.resolve(path).normalize().startsWith(root.resolve(FIXTURES));
  }

  private static String slashes(Path p) {
    return p.toString().replace('\\', '/');
  }

  private void token(boolean release) {
    String literal = m.textOrNull("console.auth_token");
    String ref = m.textOrNull("console.auth_token_ref");
    if (!sound("console.auth_token", "console.auth_token_ref")) {
      return;
    }
    if (literal != null && ref != null) {
      error("token-secret", "console.auth_token", "is set beside console.auth_token_ref; keep one");
      return;
    }
    if (release) {
      if (literal != null) {
        error(RedLine.RELEASE_SECRET, "console.auth_token", "is a literal secret, must not be in a manifest while "
            + "profile.release is true; use console.auth_token_ref = \"env:NAME\" or \"file:PATH\"");
      } else if (ref == null) {
        error(RedLine.RELEASE_SECRET, "console.auth_token_ref", "is missing, must be set while profile.release is true: "
            + "the default token is public");
      } else {
        byte[] token = referenced("console.auth_token_ref", ref, true, true);
        tokenDigest = token == null ? null : Derive.token(token);
      }
      return;
    }
    byte[] token = ref != null
        ? referenced("console.auth_token_ref", ref, false, false)
        : (literal == null ? "changeme" : literal).getBytes(StandardCharsets.UTF_8);
    tokenDigest = token == null ? null : Derive.token(token);
  }

  private void signing(boolean release) {
    String key = "cas.signing.key_path";
    if (!sound(key, "cas.enable", "cas.signing.required") || !m.bool("cas.enable")) {
      return;
    }
    String path = m.text(key);
    if (path.isEmpty()) {
      if (m.bool("cas.signing.required")) {
        error(RedLine.CAS_KEY, key, "is empty, must name a key while cas.signing.required is true");
      }
      return;
    }
    if (release && fixture(path)) {
      error(RedLine.RELEASE_FIXTURE, key, "points below " + slashes(FIXTURES) + ", must not while profile.release is true");
      return;
    }
    try {
      casPublicKey = Derive.publicKey(store.read("file:" + path));
    } catch (SecretException e) {
      if (m.bool("cas.signing.required")) {
        error(RedLine.CAS_KEY, key, String.valueOf(e.getMessage()));
      }
    } catch (IllegalArgumentException e) {
      error(RedLine.CAS_KEY, key, "file " + path + " is not a key, must hold 64 hex digits (a 32-byte Ed25519 seed)");
    }
  }
}
