// A status is read as the hive writes it, and what is no status is not taken for one.
package io.cohesix.castool.upload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EpochStatusTest {
  private static final String LINE =
      "epoch=7 state=receiving manifest_bytes=406 manifest=complete chunks=5 total=8 payload_bytes=1000 quarantined=1";

  @Test
  void aStatusIsItsFieldsAndRanges() throws Exception {
    assertEquals(
        new EpochStatus(
            "7", EpochStatus.State.RECEIVING, 406, true, 5, 8, 1000, 1, List.of(new EpochStatus.Range(0, 1), new EpochStatus.Range(7, 7))),
        EpochStatus.parse("/updates/7/status", LINE + "\nmissing=0-1\nmissing=7-7\n"));
  }

  @Test
  void fieldsAndLinesOfANewerHiveAreLeftAlone() throws Exception {
    assertEquals(List.of(), EpochStatus.parse("p", LINE + " mood=good\nweather=fine\n").missing());
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing=0", "missing=2-1", "missing=0-8", "missing=a-b", "missing=-1-2", "missing=0-99999999999"})
  void aRangeThatIsNoneIsRefused(String line) {
    UploadException e = assertThrows(UploadException.class, () -> EpochStatus.parse("/updates/7/status", LINE + "\n" + line + "\n"));
    assertEquals(
        "/updates/7/status says '" + line + "', which this program does not understand: use the one that came with the hive",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "state=ready", "epoch=7 state=asleep manifest_bytes=1 chunks=0 total=0 payload_bytes=0 quarantined=0"})
  void aLineThatIsNoStatusIsRefused(String line) {
    UploadException e = assertThrows(UploadException.class, () -> EpochStatus.parse("p", line));
    assertEquals("p says '" + line + "', which this program does not understand: use the one that came with the hive", e.getMessage());
  }
}
