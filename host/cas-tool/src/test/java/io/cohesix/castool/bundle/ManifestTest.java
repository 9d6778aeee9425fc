// One form of a manifest is right; every other one is refused, with the byte at which it goes wrong.
package io.cohesix.castool.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
  private static final Path FIXTURES = Path.of("..", "..", "resources", "fixtures", "cas");
  private static final String ZEROS = "00".repeat(32);
  private static final String SCHEMA = "77" + HexFormat.of().formatHex(Manifest.SCHEMA.getBytes(java.nio.charset.StandardCharsets.UTF_8));

  private static byte[] fixture(String bundle) throws Exception {
    return Files.readAllBytes(FIXTURES.resolve(bundle).resolve("manifest.cbor"));
  }

  private static PublicKey key() throws Exception {
    return PublicKey.parse(Files.readString(FIXTURES.resolve("public_key.hex")));
  }

  /** A manifest of 16-byte chunks from parts in hexadecimal; a small right one is {@code right()}. */
  private static byte[] hex(String... parts) {
    return HexFormat.of().parseHex(String.join("", parts));
  }

  private static byte[] right() {
    return hex("88", SCHEMA, "6137", "10", "01", "5820", ZEROS, "81", "5820", ZEROS, "f6", "f6");
  }

  @Test
  void whatIsReadIsWrittenToTheSameBytes() throws Exception {
    for (String each : List.of("bundle-1", "bundle-2", "bundle-0-back")) {
      assertArrayEquals(fixture(each), Manifest.decode(fixture(each)).encode(), each);
    }
    assertArrayEquals(right(), Manifest.decode(right()).encode());
  }

  @Test
  void aSignatureCoversTheManifestWithNullInItsPlace() throws Exception {
    Manifest manifest = Manifest.decode(fixture("bundle-2"));
    assertTrue(manifest.isSignedBy(key()));
    assertFalse(manifest.unsigned().isSignedBy(key()));
    Signature signature = manifest.signature();
    assertNotNull(signature);
    byte[] message = fixture("bundle-2");
    message[message.length - 66] = (byte) 0xf6;
    assertTrue(key().verifies(signature, Arrays.copyOf(message, message.length - 65)));
  }

  @Test
  void everyByteOfASignedManifestCounts() throws Exception {
    byte[] bytes = fixture("bundle-2");
    for (int i = 0; i < bytes.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] flipped = bytes.clone();
        flipped[i] ^= (byte) (1 << bit);
        boolean accepted;
        try {
          accepted = Manifest.decode(flipped).isSignedBy(key());
        } catch (BundleException e) {
          accepted = false;
        }
        assertFalse(accepted, "bit " + bit + " of byte " + i);
      }
    }
  }

  @Test
  void everyShorterPieceIsRefusedAsAnEnd() throws Exception {
    byte[] bytes = fixture("bundle-1");
    for (int i = 0; i < bytes.length; i++) {
      byte[] part = Arrays.copyOf(bytes, i);
      String said = assertThrows(BundleException.class, () -> Manifest.decode(part)).getMessage();
      assertTrue(said.contains("the file ends within "), said);
    }
  }

  static Stream<Arguments> wrong() {
    String head = "88" + SCHEMA;
    String tail = "5820" + ZEROS + "815820" + ZEROS + "f6f6";
    return Stream.of(
        Arguments.of("87", "byte 0: the manifest has 7 items, must be 8"),
        Arguments.of("a8", "byte 0: the manifest must be an array, found a map"),
        Arguments.of("9f", "byte 0: the manifest has a length that CBOR reserves or leaves open, which is not canonical"),
        Arguments.of("9808", "byte 0: the manifest: 8 is written in 1 more bytes where fewer do, which is not canonical"),
        Arguments.of("990008", "byte 0: the manifest: 8 is written in 2 more bytes where fewer do, which is not canonical"),
        Arguments.of("8863616263", "byte 1: the schema is 'abc', this program knows 'cohesix-cas/manifest-v1'"),
        Arguments.of(head + "60", "byte 25: epoch has 0 bytes, must be 1 to 20"),
        Arguments.of(head + "75", "byte 25: epoch has 21 bytes, must be 1 to 20"),
        Arguments.of(head + "623037", "byte 25: epoch is '07', must be decimal digits without a leading zero"),
        Arguments.of(head + "6161", "byte 25: epoch is 'a', must be decimal digits without a leading zero"),
        Arguments.of(head + "6107", "byte 25: epoch holds something else than printable ASCII"),
        Arguments.of(head + "4137", "byte 25: epoch must be a text, found a byte string"),
        Arguments.of(head + "61370f", "byte 27: chunk_bytes is 15, must be 16 to 65536"),
        Arguments.of(head + "61371a00010001", "byte 27: chunk_bytes is 65537, must be 16 to 65536"),
        Arguments.of(head + "61371817", "byte 27: chunk_bytes: 23 is written in 1 more bytes where fewer do, which is not canonical"),
        Arguments.of(head + "61371900ff", "byte 27: chunk_bytes: 255 is written in 2 more bytes where fewer do, which is not canonical"),
        Arguments.of(head + "61371a0000ffff", "byte 27: chunk_bytes: 65535 is written in 4 more bytes where fewer do, which is not canonical"),
        Arguments.of(
            head + "61371b00000000ffffffff", "byte 27: chunk_bytes: 4294967295 is written in 8 more bytes where fewer do, which is not canonical"),
        Arguments.of(head + "61371bffffffffffffffff", "byte 27: chunk_bytes is 18446744073709551615, must be 16 to 65536"),
        Arguments.of(head + "61371000" + tail, "byte 28: payload_bytes is 0, must be 1 to 26214400000"),
        Arguments.of(head + "61371020", "byte 28: payload_bytes must be an unsigned number, found a negative number"),
        Arguments.of(head + "6137100158" + "1f" + ZEROS, "byte 29: payload_sha256 has 31 bytes, must be 32"),
        Arguments.of(head + "613710015820" + ZEROS + "80", "byte 63: the list of chunks has 0 items, must be 1 to 400000"),
        Arguments.of(
            head + "613710015820" + ZEROS + "82", "byte 63: payload_bytes 1 with chunk_bytes 16 makes 1 chunks, the list has 2"),
        Arguments.of(
            head + "613710115820" + ZEROS + "81", "byte 63: payload_bytes 17 with chunk_bytes 16 makes 2 chunks, the list has 1"),
        Arguments.of(head + "61371001" + tail.substring(0, tail.length() - 4) + "8161", "byte 98: the base has 1 items, must be 2"),
        Arguments.of(
            head + "61371001" + tail.substring(0, tail.length() - 4) + "8261375820" + ZEROS, "byte 99: epoch 7 has itself as its base"),
        Arguments.of(head + "61371001" + tail.substring(0, tail.length() - 2) + "f7", "byte 99: the signature must be a byte string, found a simple value"),
        Arguments.of(head + "61371001" + tail + "00", "byte 100: 1 bytes follow the end of the manifest"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void aManifestThatIsNotCanonicalSaysWhereAndWhy(String hex, String said) {
    assertEquals(said, assertThrows(BundleException.class, () -> Manifest.decode(hex(hex))).getMessage());
  }

  @Test
  void numbersAreWrittenInTheirShortestForm() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long each : new long[] {0, 23, 24, 255, 256, 65535, 65536, 4294967295L, 4294967296L, Long.MAX_VALUE}) {
      all.writeBytes(new CborWriter().unsigned(each).done());
    }
    assertArrayEquals(
        hex("00", "17", "1818", "18ff", "190100", "19ffff", "1a00010000", "1affffffff", "1b0000000100000000", "1b7fffffffffffffff"),
        all.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "10", "99999999999999999999"})
  void epochsAreDigitsWithoutALeadingZero(String text) {
    assertTrue(Epoch.valid(text));
    assertEquals(text, new Epoch(text).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "01", "-1", "1.0", "x", "100000000000000000000", "１"})
  void otherTextsAreNoEpochs(String text) {
    assertEquals(
        "epoch '" + text + "' is not 1 to 20 decimal digits without a leading zero",
        assertThrows(IllegalArgumentException.class, () -> new Epoch(text)).getMessage());
  }

  @Test
  void epochsAreOrderedAsNumbers() {
    assertTrue(new Epoch("9").compareTo(new Epoch("10")) < 0);
    assertTrue(new Epoch("18446744073709551616").compareTo(new Epoch("18446744073709551615")) > 0);
    assertEquals(0, new Epoch("5").compareTo(new Epoch("5")));
  }
}
