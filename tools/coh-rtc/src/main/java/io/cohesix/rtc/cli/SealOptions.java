// What coh-rtc provision seals the keys with.
package io.cohesix.rtc.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cohesix.rtc.build.SealedBlob;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.secrets.Blake3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of sealing; all files are read when they are used. IllegalArgumentException says what to do. */
final class SealOptions {
  private static final String SCHEMA = "cohesix-measurements/v1";
  private static final byte[] NOTHING = {};

  @Option(names = "--seal", paramLabel = "MEASUREMENTS", description =
      "Seal the keys to the image whose measurements.json this is (hw.attestation.enabled).")
  private @Nullable Path seal;

  @Option(names = "--device-secret", paramLabel = "FILE", description =
      "With hw.attestation.kind = \"dice\": the device's 32 secret bytes.")
  private @Nullable Path deviceSecret;

  @Option(names = "--tpm-secret", paramLabel = "FILE", description =
      "With \"tpm2\": the 32 bytes that the TPM's object holds.")
  private @Nullable Path tpmSecret;

  @Option(names = "--tpm-public", paramLabel = "FILE", description =
      "With \"tpm2\": the object's public part, as tpm2_create -u writes it.")
  private @Nullable Path tpmPublic;

  @Option(names = "--tpm-private", paramLabel = "FILE", description =
      "With \"tpm2\": the object's private part, as tpm2_create -r writes it.")
  private @Nullable Path tpmPrivate;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  SealOptions() {}

  boolean asked() {
    return seal != null;
  }

  /** The blob as the manifest wants it: sealed where hw.attestation.enabled is set, else as it is. */
  byte[] apply(Input in, byte[] blob) throws IOException {
    boolean attests = in.manifest().bool("hw.attestation.enabled");
    if (seal == null) {
      if (attests) {
        throw new IllegalArgumentException("hw.attestation.enabled is true: the keys must be sealed; make the image once without"
            + " them, then name its measurements.json with --seal");
      }
      return blob;
    }
    if (!attests) {
      throw new IllegalArgumentException("--seal: the manifest's hw.attestation.enabled is false, so that nothing would open"
          + " the seal; set it, or leave --seal out");
    }
    String kind = in.manifest().text("hw.attestation.kind");
    byte[] measurement = measurement(seal, kind, in.sha256());
    if (kind.equals("dice")) {
      byte[] key = SealedBlob.diceKey(read("--device-secret", deviceSecret), measurement);
      return SealedBlob.of(SealedBlob.DICE, key, measurement, NOTHING, NOTHING, blob);
    }
    return SealedBlob.of(SealedBlob.TPM2, read("--tpm-secret", tpmSecret), measurement, read("--tpm-public", tpmPublic),
        read("--tpm-private", tpmPrivate), blob);
  }

  private static byte[] measurement(Path file, String kind, String manifest) throws IOException {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(read("--seal", file));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(file + ": is not JSON; name the measurements.json beside the image", e);
    }
    if (!json.path("schema").asText().equals(SCHEMA)) {
      throw new IllegalArgumentException(file + ": is no " + SCHEMA + "; name the measurements.json beside the image");
    }
    String expected = Blake3.hex(Blake3.sha256(manifest.getBytes(StandardCharsets.US_ASCII)));
    if (!json.path("digests").path("manifest").asText().equals(expected) || !json.path("kind").asText().equals(kind)) {
      throw new IllegalArgumentException(file + ": is of an image of another manifest; make the image again from this one");
    }
    String hex = json.path("measurement").asText();
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(file + ": has no measurement; make the image again");
    }
    return HexFormat.of().parseHex(hex);
  }

  private static byte[] read(String option, @Nullable Path file) throws IOException {
    if (file == null) {
      throw new IllegalArgumentException("--seal: needs " + option + " FILE too");
    }
    if (!Files.isRegularFile(file) || Files.size(file) > 4096) {
      throw new IllegalArgumentException(option + " " + file + ": is no file of at most 4096 bytes");
    }
    return Files.readAllBytes(file);
  }
}
