// Tickets: the vectors of spec/tickets.md, round trips, and every way to be refused.
package io.cohesix.core.ticket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.Role;
import io.cohesix.core.ticket.Ticket.Access;
import io.cohesix.core.ticket.Ticket.Mount;
import io.cohesix.core.ticket.Ticket.Quotas;
import io.cohesix.core.ticket.Ticket.Scope;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class TicketsTest {
  private static final byte[] WORKER = "worker".getBytes(StandardCharsets.UTF_8);
  private static final Tickets.Limits LIMITS = new Tickets.Limits(8, 128, 64);

  private static String message(String text) {
    return assertThrows(TicketException.class, () -> Tickets.verify(text, WORKER, LIMITS)).getMessage();
  }

  /** Signs a payload of our own making, as a holder of the secret could. */
  private static String signed(String payloadHex) {
    byte[] payload = HexFormat.of().parseHex(payloadHex);
    byte[] mac = Blake3.keyedHash(Blake3.hash(WORKER), payload);
    return Tickets.PREFIX + payloadHex + "." + HexFormat.of().formatHex(mac);
  }

  /** One line of resources/fixtures/tickets.txt. */
  record Vector(String name, Role role, String secret, String text) {}

  static List<Vector> vectors() throws Exception {
    Path file = Path.of("..", "..", "resources", "fixtures", "tickets.txt");
    List<Vector> vectors = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#") && !line.isBlank()) {
          String[] part = line.split(" ");
          vectors.add(new Vector(part[0], Role.parse(part[1]).orElseThrow(), part[2], part[3]));
        }
      }
    }
    assertEquals(4, vectors.size());
    return vectors;
  }

  private static Ticket expected(Vector v) {
    return switch (v.name()) {
      case "heartbeat" -> Ticket.of(v.role(), "worker-1");
      case "bus" -> Ticket.of(v.role(), "modbus-main");
      case "expired" -> new Ticket(v.role(), null, null, 0L, null, 0, Mount.NONE, List.of(), null);
      case "full" ->
          new Ticket(
              v.role(), 1000L, 64L, 120L, "worker-7", 1_767_225_600_123L, new Mount("gpu-bridge", "/gpu"),
              List.of(new Scope("/gpu/GPU-0", Access.BOTH, 16), new Scope("/proc", Access.READ, 0)),
              new Quotas(131072, 16, 256));
      default -> throw new AssertionError("no expectation for vector " + v.name());
    };
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void mintingGivesExactlyTheVectorAndVerifyingReadsIt(Vector v) throws Exception {
    byte[] secret = v.secret().getBytes(StandardCharsets.UTF_8);
    assertEquals(v.text(), Tickets.mint(expected(v), secret, LIMITS));
    assertEquals(expected(v), Tickets.verify(v.text(), secret, LIMITS));
  }

  @Test
  void everyFieldSurvivesTheRoundTrip() throws Exception {
    Ticket ticket =
        new Ticket(
            Role.WORKER_GPU, 1L, -1L, 0L, "wörker-1", 1_700_000_000_000L, new Mount("gpu-bridge", "/gpu"),
            List.of(new Scope("/proc", Access.READ, 0), new Scope("/log", Access.WRITE, 64), new Scope("/", Access.BOTH, 1)),
            new Quotas(-1L, 0xffff_ffffL, 0));
    assertEquals(ticket, Tickets.verify(Tickets.mint(ticket, WORKER, LIMITS), WORKER, LIMITS));
  }

  @Test
  void aSeededCrowdOfTicketsSurvivesTheRoundTrip() throws Exception {
    Random random = new Random(42);
    for (int i = 0; i < 300; i++) {
      List<Scope> scopes = new ArrayList<>();
      for (int n = random.nextInt(5); n > 0; n--) {
        scopes.add(new Scope("/" + "p".repeat(random.nextInt(20)), Access.values()[random.nextInt(3)], random.nextInt(65)));
      }
      Ticket ticket =
          new Ticket(
              Role.values()[random.nextInt(5)],
              random.nextBoolean() ? random.nextLong() : null,
              random.nextBoolean() ? random.nextLong() : null,
              random.nextBoolean() ? random.nextLong() : null,
              random.nextBoolean() ? "s".repeat(random.nextInt(60)) : null,
              random.nextLong(),
              random.nextBoolean() ? Mount.NONE : new Mount("svc", "/at"),
              scopes,
              random.nextBoolean() ? new Quotas(random.nextLong(), random.nextInt(9), random.nextInt(9)) : null);
      assertEquals(ticket, Tickets.verify(Tickets.mint(ticket, WORKER, LIMITS), WORKER, LIMITS));
    }
  }

  @Test
  void everyFlippedBitIsNoticed() throws Exception {
    String text = Tickets.mint(Ticket.of(Role.WORKER_HEARTBEAT, "worker-1"), WORKER, LIMITS);
    String digits = "0123456789abcdef";
    for (int i = Tickets.PREFIX.length(); i < text.length(); i++) {
      if (text.charAt(i) == '.') {
        continue;
      }
      for (int bit = 0; bit < 4; bit++) {
        char other = digits.charAt(digits.indexOf(text.charAt(i)) ^ (1 << bit));
        assertEquals(
            "the ticket's mac does not match: wrong secret, or the ticket was changed",
            message(text.substring(0, i) + other + text.substring(i + 1)));
      }
    }
  }

  @Test
  void anotherSecretDoesNotVerify() throws Exception {
    String text = Tickets.mint(Ticket.of(Role.QUEEN, null), "bootstrap".getBytes(StandardCharsets.UTF_8), LIMITS);
    assertTrue(message(text).startsWith("the ticket's mac does not match"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense|the text is no ticket: it must be cohesix-ticket-<payload hex>.<mac hex>",
        "cohesix-ticket-00|the text is no ticket: it must be cohesix-ticket-<payload hex>.<mac hex>",
        "cohesix-ticket-0G.00|the ticket's payload must be lower-case hex, found 'G' at 1",
        "cohesix-ticket-0A.00|the ticket's payload must be lower-case hex, found 'A' at 1",
        "cohesix-ticket-000.00|the ticket's payload has an odd number of hex digits",
        "cohesix-ticket-00.00|the ticket's mac has 1 bytes, it must have 32",
      })
  void malformedTextIsRefusedByName(String text, String expected) {
    assertEquals(expected, message(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "02010000000000000000000000000000|the ticket has version 2, this program knows 1",
        "01050000000000000000000000000000|the ticket has the unknown role 5",
        "01014000000000000000000000000000|the ticket has unknown flags 64",
        "0101000000000000000000000000000000|the ticket has 2 bytes too many",
        "01010000000000000000|the ticket ends in the middle of a field",
        "010108ff|the ticket ends in the middle of a field",
        "0101080001|a string in the ticket has 256 bytes, at most 255",
        "0101080200c328|a string in the ticket is not valid UTF-8",
        "010110000000000000000000000000" + "11|the ticket has 17 scopes, at most 16",
        "010110000000000000000000000000" + "0101002f0300000000|scope / has the unknown verb 3",
        "''|the ticket ends in the middle of a field",
      })
  void wellSignedNonsenseIsRefusedByName(String payload, String expected) {
    assertEquals(expected, message(signed(payload)));
  }

  @Test
  void boundsOfTheManifestHoldForMintingAndVerifying() throws Exception {
    Ticket nine =
        new Ticket(
            Role.QUEEN, null, null, null, null, 0, Mount.NONE,
            java.util.Collections.nCopies(9, new Scope("/a", Access.READ, 0)), null);
    Tickets.Limits wide = new Tickets.Limits(16, 255, 1000);
    String text = Tickets.mint(nine, WORKER, wide);
    assertEquals("the ticket has 9 scopes, ticket_limits.max_scopes is 8", message(text));
    assertThrows(TicketException.class, () -> Tickets.mint(nine, WORKER, LIMITS));

    Ticket fast = new Ticket(Role.QUEEN, null, null, null, null, 0, Mount.NONE, List.of(new Scope("/a", Access.READ, 65)), null);
    assertEquals(
        "scope /a has a rate of 65, ticket_limits.max_scope_rate_per_s is 64", message(Tickets.mint(fast, WORKER, wide)));

    String path = "/" + "p".repeat(128);
    Ticket deep = new Ticket(Role.QUEEN, null, null, null, null, 0, Mount.NONE, List.of(new Scope(path, Access.READ, 1)), null);
    assertEquals(
        "scope path " + path + " has 129 bytes, ticket_limits.max_scope_path_len is 128",
        message(Tickets.mint(deep, WORKER, wide)));
  }

  @Test
  void whatNoTransportTakesIsNotMinted() {
    Ticket huge =
        new Ticket(
            Role.QUEEN, null, null, null, "s".repeat(255), 0, new Mount("m".repeat(255), ""),
            List.of(), null);
    TicketException e = assertThrows(TicketException.class, () -> Tickets.mint(huge, WORKER, LIMITS));
    assertTrue(e.getMessage() != null && e.getMessage().endsWith("at most 1024 are allowed: use fewer scopes"));
    Ticket long256 = Ticket.of(Role.QUEEN, "s".repeat(256));
    assertEquals(
        "subject has 256 bytes, at most 255",
        assertThrows(TicketException.class, () -> Tickets.mint(long256, WORKER, LIMITS)).getMessage());
    assertThrows(TicketException.class, () -> Tickets.mint(Ticket.of(Role.QUEEN, null), new byte[0], LIMITS));
  }

  @Test
  void blake3IsTheRealOne() {
    // Official test vectors: the empty input, plain and keyed.
    assertEquals(
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        HexFormat.of().formatHex(Blake3.hash(new byte[0])));
    assertEquals(
        "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26",
        HexFormat.of()
            .formatHex(
                Blake3.keyedHash("whats the Elvish word for friend".getBytes(StandardCharsets.UTF_8), new byte[0])));
  }
}
