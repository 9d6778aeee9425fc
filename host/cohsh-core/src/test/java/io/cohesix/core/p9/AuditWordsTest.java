// What a refusal's audit line says, found by role and path.
package io.cohesix.core.p9;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class AuditWordsTest {
  private static final String LOG =
      """
      1 audit op=write role=queen result=policy detail=older path=/updates/7/manifest.cbor error=an older one
      2 audit op=write role=queen result=policy detail=bad-signature path=/updates/7/manifest.cbor error=a manifest is signed
      3 audit op=write role=queen result=ok path=/updates/7/manifest.cbor
      4 audit op=write role=worker-gpu result=policy detail=denied path=/updates/7/manifest.cbor error=EPERM
      5 audit op=write role=queen result=quota detail=too-big path=/updates/7/chunks/ab
      6 audit op=write role=queen result=policy detail=payload-mismatch path=/updates/8/chunks/ error=not the payload
      7 audit op=write role=queen result=busy path=/queen/ctl
      """;

  @Test
  void theNewestRefusalOfTheRoleAtThePathCounts() {
    assertEquals("bad-signature: a manifest is signed", AuditWords.refusal(LOG, "queen", "/updates/7/manifest.cbor"));
    assertEquals("denied: EPERM", AuditWords.refusal(LOG, "worker-gpu", "/updates/7/manifest.cbor"));
  }

  @Test
  void aDetailMayStandAloneAndMayBeMissing() {
    assertEquals("too-big", AuditWords.refusal(LOG, "queen", "/updates/7/chunks/ab"));
    assertEquals("", AuditWords.refusal(LOG, "queen", "/queen/ctl"));
    assertEquals("", AuditWords.refusal(LOG, "queen", "/updates/9/manifest.cbor"));
  }

  @Test
  void aLineMayNameThePathUpToANameThatIsNoMore() {
    assertEquals("payload-mismatch: not the payload", AuditWords.refusal(LOG, "queen", "/updates/8/chunks/cd"));
    assertEquals("", AuditWords.refusal(LOG, "queen", "/updates/7/chunks/abc"));
  }
}
