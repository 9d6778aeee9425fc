// The value types of manifest keys, each with its bounds and its words for people.
package io.cohesix.rtc.manifest;

import java.util.List;

/** A key's type and range. */
public sealed interface Type {
  /** Words for an error: {@code an integer 1..8}. */
  String words();

  /** true or false. */
  record Bool() implements Type {
    @Override
    public String words() {
      return "true or false";
    }
  }

  /** A whole number, bounds included. */
  record Int(long min, long max) implements Type {
    @Override
    public String words() {
      return "an integer " + min + ".." + max;
    }
  }

  /** A number with at most six decimals, bounds included; kept in millionths so that no float formatting is involved. */
  record Decimal(long minMicros, long maxMicros) implements Type {
    @Override
    public String words() {
      return "a number " + format(minMicros) + ".." + format(maxMicros);
    }

    /** Shortest decimal text of a value in millionths. */
    public static String format(long micros) {
      String sign = micros < 0 ? "-" : "";
      long abs = Math.abs(micros);
      String fraction = Long.toString(1_000_000L + abs % 1_000_000L).substring(1);
      int end = fraction.length();
      while (end > 1 && fraction.charAt(end - 1) == '0') {
        end--;
      }
      return sign + abs / 1_000_000L + '.' + fraction.substring(0, end);
    }
  }

  /** A string of min..max UTF-8 bytes in a form. */
  record Text(int min, int max, Form form) implements Type {
    @Override
    public String words() {
      return form.words + " of " + min + ".." + max + " bytes";
    }
  }

  /** One of a list of words. Aliases still work and give a note. */
  record Choice(List<String> values, List<Alias> aliases) implements Type {
    @Override
    public String words() {
      return "one of " + String.join(", ", values);
    }
  }

  /** A list of strings. */
  record Texts(int min, int max, Type element, boolean distinct) implements Type {
    @Override
    public String words() {
      return "a list of " + min + ".." + max + " strings, each " + element.words();
    }
  }

  /** A list of whole numbers. */
  record Ints(int min, int max, long low, long high) implements Type {
    @Override
    public String words() {
      return "a list of " + min + ".." + max + " integers " + low + ".." + high;
    }
  }

  /** Repeated tables, {@code [[key]]}; their own keys stand in the schema as {@code key[].name}. */
  record Tables(int min, int max) implements Type {
    @Override
    public String words() {
      return min + ".." + max + " tables";
    }
  }

  /** An old word for a value. */
  record Alias(String old, String value) {}

  /** What a string must look like. */
  enum Form {
    /** Any text without control characters. */
    TEXT("a string"),
    /** An absolute namespace path; no empty, "." or ".." component. */
    PATH("an absolute namespace path"),
    /** One path component. */
    NAME("a path component"),
    /** A path in the file system, relative to the project root. */
    FILE("a file path"),
    /** env:NAME or file:PATH. */
    SECRET_REF("\"env:NAME\" or \"file:PATH\""),
    /** A secret itself; never printed. */
    SECRET("a string"),
    /** Dotted IPv4 address, or empty. */
    IPV4("an IPv4 address"),
    /** Lower-case hex digits. */
    HEX("lower-case hex");

    private final String words;

    Form(String words) {
      this.words = words;
    }
  }
}
