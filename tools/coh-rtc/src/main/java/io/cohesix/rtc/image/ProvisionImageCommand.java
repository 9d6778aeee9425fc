// The command `coh-rtc image provision`: puts an operator's keys into an image that was released without any.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Exit codes as {@link ImageCommand}. */
@Command(
    name = "provision",
    description = "Writes a copy of an image with the keys that coh-rtc provision made. The copy is a secret.",
    mixinStandardHelpOptions = true)
final class ProvisionImageCommand implements Callable<Integer> {
  private static final byte[] MAGIC = "COHKEYS".getBytes(StandardCharsets.US_ASCII);
  private static final int MANIFEST_AT = 8;
  private static final int SUM_BYTES = 32;

  /** Sealed keys (seL4/attest/record.h): their magic, and where the measurement stands to which they are sealed. */
  private static final byte[] SEALED = "COHSEAL1".getBytes(StandardCharsets.US_ASCII);
  private static final int SEALED_TO = 16;

  /** Where `coh-rtc image … --provision` puts keys: behind these. */
  private static final Set<PayloadTable.Kind> BEFORE_KEYS =
      EnumSet.of(PayloadTable.Kind.KERNEL, PayloadTable.Kind.ROOTSERVER, PayloadTable.Kind.DTB);

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "the image: cohesix-qemu.img")
  Path image;

  @Option(names = "--provision", required = true, paramLabel = "FILE", description = "the keys, for this image's manifest")
  Path provision;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "the copy, readable by its owner only")
  Path output;

  @Option(names = "--json", description = "the result as JSON on stdout")
  boolean json;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProvisionImageCommand() {}

  @Override
  public Integer call() {
    return Outcome.of(spec, json, this::make);
  }

  private Map<String, Object> make() throws IOException {
    byte[] with;
    try {
      with = provisioned(OutputFolder.bytes(image), new Octets(OutputFolder.bytes(provision)), provision.toString());
    } catch (ImageException e) {
      throw new ImageException(image + ": " + e.getMessage(), e);
    }
    Path whole = output.toAbsolutePath();
    Path folder = whole.getParent();
    Path name = whole.getFileName();
    if (folder == null || name == null) {
      throw new ImageException(output + ": is no name of a file");
    }
    new OutputFolder(folder, true).image(name.toString(), with);
    Map<String, Object> result = Outcome.describe(output.toString(), with, FlatImage.read(with));
    result.put("notes", List.of("the image holds the provisioning blob: it is a secret, treat it as one"));
    return result;
  }

  /**
   * The image with the keys in place of those that it holds.
   *
   * @param name of the keys' file, for messages
   */
  static byte[] provisioned(byte[] image, Octets keys, String name) {
    PayloadTable t = FlatImage.read(image);
    if (t.provisionVirt() == 0) {
      throw new ImageException("takes no keys: its rootserver was built without provisioning, or the image by an older coh-rtc");
    }
    if (t.boot().attestation() == 0) {
      check(t, keys.array(), name);
    } else {
      checkSealed(Measurements.of(image).measurement(), keys.array(), name);
    }
    List<PayloadTable.Blob> blobs = new ArrayList<>();
    boolean placed = false;
    for (PayloadTable.Blob b : t.blobs()) {
      if (b.kind() != PayloadTable.Kind.PROVISION) {
        if (!placed && !BEFORE_KEYS.contains(b.kind())) {
          blobs.add(new PayloadTable.Blob(PayloadTable.Kind.PROVISION, 0, 0, keys.length(), keys));
          placed = true;
        }
        blobs.add(b);
      }
    }
    return FlatImage.replace(image, t.withBlobs(blobs));
  }

  /** What is sealed opens on one device alone; what can be seen is to which image. */
  private static void checkSealed(String measurement, byte[] keys, String name) {
    if (keys.length < SEALED_TO + SUM_BYTES || keys.length > BootImage.PROVISION_MAX
        || !Arrays.equals(keys, 0, SEALED.length, SEALED, 0, SEALED.length)) {
      throw new ImageException(name + " is not sealed, and the image attests: make it with coh-rtc provision --seal");
    }
    String to = Hash.hex(Arrays.copyOfRange(keys, SEALED_TO, SEALED_TO + SUM_BYTES));
    if (!to.equals(measurement)) {
      throw new ImageException(
          name + " is sealed to measurement " + to + ", the image has " + measurement + ": seal the keys to its measurements.json");
    }
  }

  private static void check(PayloadTable t, byte[] keys, String name) {
    int body = keys.length - SUM_BYTES;
    if (body < MANIFEST_AT + SUM_BYTES
        || keys.length > BootImage.PROVISION_MAX
        || !Arrays.equals(keys, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || !Arrays.equals(keys, body, keys.length, Hash.sha256(Arrays.copyOf(keys, body)), 0, SUM_BYTES)) {
      throw new ImageException(name + " is no provisioning blob, or a damaged one: make it with coh-rtc provision");
    }
    String manifest = Hash.hex(Arrays.copyOfRange(keys, MANIFEST_AT, MANIFEST_AT + SUM_BYTES));
    if (!manifest.equals(t.manifestSha256())) {
      throw new ImageException(
          name + " is for manifest " + manifest + ", the image was made from " + t.manifestSha256()
              + ": make the blob from the image's manifest, with the secrets that it was compiled with");
    }
  }
}
