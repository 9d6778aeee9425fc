// The reader of libsel4's generated headers.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CHeaderTest {
  private static CHeader read(String... texts) {
    CHeader h = new CHeader();
    for (String t : texts) {
      h.read(t);
    }
    return h;
  }

  private static OptionalInt is(int n) {
    return OptionalInt.of(n);
  }

  @Test
  void enumeratorsCountOnFromTheLastValueAndFromEarlierNames() {
    CHeader h =
        read(
            "enum a { A, B, C = 7, D, };\ntypedef enum { E = D, F, X(a) } t;",
            "enum { G = F, H = -3, I = 0x10 };");
    assertEquals(is(0), h.value("A"));
    assertEquals(is(8), h.value("D"));
    assertEquals(is(9), h.value("F"));
    assertEquals(is(9), h.value("G"));
    assertEquals(is(-3), h.value("H"));
    assertEquals(is(16), h.value("I"));
    assertTrue(h.value("X").isEmpty());
  }

  @Test
  void conditionalsFollowTheConfiguration() {
    String header =
        """
        enum l {
            A,
        #if !defined(CONFIG_MCS) && (defined(CONFIG_SMP) || defined CONFIG_OTHER)
            B,
        #elif CONFIG_NODES > 1
            C,
        #else
            D,
        #endif
        #ifdef CONFIG_MCS
        #if 1
            E,
        #endif
        #endif
            F,
        #ifndef CONFIG_MCS
            G
        #endif
        };
        """;
    CHeader one = read("#define CONFIG_NODES 1\n", header);
    assertEquals(is(1), one.value("D"));
    assertEquals(is(2), one.value("F"));
    assertEquals(is(3), one.value("G"));
    CHeader smp = read("#define CONFIG_SMP  1 /* on */\n#define CONFIG_NODES 4\n", header);
    assertEquals(is(1), smp.value("B"));
    assertTrue(smp.value("C").isEmpty());
    CHeader nodes = read("#define CONFIG_NODES 4\n", header);
    assertEquals(is(1), nodes.value("C"));
    CHeader mcs = read("#define CONFIG_MCS 1\n#define CONFIG_SMP 1\n", header);
    assertTrue(mcs.value("B").isEmpty());
    assertEquals(is(2), mcs.value("E"));
    assertTrue(mcs.value("G").isEmpty());
  }

  @Test
  void disabledOptionsInCommentsStayUndefined() {
    CHeader h =
        read(
            """
            /* disabled: CONFIG_A
            #define CONFIG_B 1 */
            // #define CONFIG_C 1
            #define CONFIG_D
            #if defined(X) || \\
             defined(CONFIG_D)
            #define N 12u
            #endif
            """);
    assertFalse(h.defined("CONFIG_B"));
    assertFalse(h.defined("CONFIG_C"));
    assertTrue(h.defined("CONFIG_D"));
    assertEquals(is(12), h.value("N"));
    assertTrue(h.value("CONFIG_D").isEmpty());
  }

  @Test
  void anUnknownNameAsAValueIsNamed() {
    assertEquals(
        "libsel4: enumerator A = MISSING: that name is not defined before it",
        assertThrows(ImageException.class, () -> read("enum { A = MISSING };")).getMessage());
  }
}
