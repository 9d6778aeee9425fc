// One console line with what the client must know about it.
package io.cohesix.core.console;

/**
 * A command for the wire.
 *
 * @param line the console line
 * @param stream whether content lines and END follow an OK
 * @param sideEffect whether it may change something, so that it must not be repeated
 */
record Request(String line, boolean stream, boolean sideEffect) {
  static Request read(String line) {
    return new Request(line, false, false);
  }

  static Request stream(String line) {
    return new Request(line, true, false);
  }

  static Request effect(String line) {
    return new Request(line, false, true);
  }
}
