// One run of the program, as people call it.
package io.cohesix.castool;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;

/** What a run printed and how it ended. */
record Ran(int code, String out, String err) {
  static Ran tool(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = Stream.of(args).map(Object::toString).toArray(String[]::new);
    int code = Main.run(words, new PrintWriter(out), new PrintWriter(err, true));
    return new Ran(code, out.toString(), err.toString());
  }
}
