// Progress is drawn in place on a terminal, and is one line elsewhere.
package io.cohesix.castool.upload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class ProgressTest {
  private final StringWriter said = new StringWriter();

  private Progress progress(boolean terminal) {
    return new Progress(new PrintWriter(said, true), terminal);
  }

  @Test
  void elsewhereThanOnATerminalItIsOneLineAtTheEnd() {
    try (Progress progress = progress(false)) {
      progress.know(400, 1000);
      progress.took(100);
      progress.took(50);
      assertEquals("", said.toString());
    }
    assertTrue(said.toString().matches("cas-tool: 550 of 1000 bytes, 55 %, [0-9]+ k?B/s\n"), said.toString());
  }

  @Test
  void onATerminalTheLastDrawingShowsTheEnd() {
    try (Progress progress = progress(true)) {
      progress.know(0, 10);
      progress.took(10);
    }
    assertTrue(said.toString().matches("(?s).*\r10 of 10 bytes, 100 %, [0-9]+ k?B/s\u001b\\[K\n"), said.toString());
  }

  @Test
  void whatIsKnownAnewIsNotCountedTwice() {
    Progress progress = progress(false);
    progress.know(0, 100);
    progress.took(40);
    progress.know(40, 100);
    progress.took(60);
    progress.close();
    assertTrue(said.toString().startsWith("cas-tool: 100 of 100 bytes, 100 %, "), said.toString());
    assertEquals(100, progress.sent());
  }

  @Test
  void nothingToSendIsNothingToSay() {
    progress(false).close();
    assertEquals("", said.toString());
  }
}
