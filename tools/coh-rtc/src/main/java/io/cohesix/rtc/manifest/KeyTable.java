// Small words with which the schema table's parts are written.
package io.cohesix.rtc.manifest;

import io.cohesix.rtc.manifest.Type.Form;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects rows; the section prefix is given once. */
final class KeyTable {
  private final List<Key> keys = new ArrayList<>();
  private String prefix = "";
  private Set<Sink> sinks = EnumSet.of(Sink.RECORD);

  /** Rows that follow are in this section and end up there. */
  KeyTable section(String name, Sink first, Sink... more) {
    prefix = name.isEmpty() ? "" : name + '.';
    sinks = EnumSet.of(first, more);
    return this;
  }

  List<Key> keys() {
    return List.copyOf(keys);
  }

  KeyTable bool(String name, boolean fallback, String meaning) {
    return add(name, new Type.Bool(), fallback, false, meaning);
  }

  KeyTable num(String name, long min, long max, long fallback, String meaning) {
    return add(name, new Type.Int(min, max), fallback, false, meaning);
  }

  KeyTable needNum(String name, long min, long max, String meaning) {
    return add(name, new Type.Int(min, max), null, true, meaning);
  }

  KeyTable decimal(String name, long minMicros, long maxMicros, long fallbackMicros, String meaning) {
    return add(name, new Type.Decimal(minMicros, maxMicros), fallbackMicros, false, meaning);
  }

  KeyTable text(String name, Form form, int min, int max, @Nullable String fallback, String meaning) {
    return add(name, new Type.Text(min, max, form), fallback, false, meaning);
  }

  KeyTable needText(String name, Form form, int min, int max, String meaning) {
    return add(name, new Type.Text(min, max, form), null, true, meaning);
  }

  KeyTable choice(String name, List<String> values, @Nullable String fallback, String meaning, Type.Alias... aliases) {
    return add(name, new Type.Choice(values, List.of(aliases)), fallback, fallback == null, meaning);
  }

  KeyTable texts(String name, Type element, int min, int max, List<String> fallback, String meaning) {
    return add(name, new Type.Texts(min, max, element, true), fallback, false, meaning);
  }

  KeyTable needTexts(String name, Type element, int min, int max, String meaning) {
    return add(name, new Type.Texts(min, max, element, false), null, true, meaning);
  }

  KeyTable ints(String name, int max, long low, long high, String meaning) {
    return add(name, new Type.Ints(0, max, low, high), List.of(), false, meaning);
  }

  KeyTable tables(String name, int max, String meaning) {
    return add(name, new Type.Tables(0, max), List.of(), false, meaning);
  }

  private KeyTable add(String name, Type type, @Nullable Object fallback, boolean required, String meaning) {
    keys.add(new Key(prefix + name, type, fallback, required, meaning, sinks));
    return this;
  }
}
