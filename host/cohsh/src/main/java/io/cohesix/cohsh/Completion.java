// Completion: verbs from the table, paths by asking the hive with LS. Bounded: one LS a request, short-lived cache.
package io.cohesix.cohsh;

import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import io.cohesix.core.Role;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.Verb;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes what is typed at the prompt. */
final class Completion implements Completer {
  /** More names than this are of no help on a screen. */
  private static final int MAX_NAMES = 256;

  private static final long CACHE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Hive hive;
  private String cachedPath = "";
  private List<String> cachedNames = List.of();
  private long cachedAt;

  Completion(Hive hive) {
    this.hive = hive;
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    candidates(line.words(), line.wordIndex(), line.word(), candidates);
  }

  void candidates(List<String> words, int index, String word, List<Candidate> candidates) {
    if (index == 0) {
      Verb.ALL.forEach(verb -> candidates.add(whole(verb.name(), verb.what())));
      return;
    }
    Verb verb = Verb.find(words.get(0)).orElse(null);
    if (verb == null) {
      return;
    }
    switch (verb.argument()) {
      case PATH -> paths(word, candidates);
      case REDIRECT -> {
        if (words.get(index - 1).equals(">") || word.startsWith("/")) {
          paths(word, candidates);
        }
      }
      case WORKER -> {
        names("/worker").forEach(name -> candidates.add(whole(name, "worker")));
        candidates.add(whole(CommandHandler.NEWEST, "the worker that was spawned last"));
      }
      case ROLE -> {
        for (Role role : Role.values()) {
          candidates.add(whole(role.text(), "role"));
        }
      }
      case KIND -> List.of("heartbeat", "gpu", "bus", "lora").forEach(kind -> candidates.add(whole(kind, "worker kind")));
      case LIFECYCLE ->
          List.of("cordon", "drain", "resume", "quiesce", "reset")
              .forEach(command -> candidates.add(whole(command, "lifecycle")));
      case NONE -> {}
    }
  }

  private void paths(String word, List<Candidate> candidates) {
    int slash = word.lastIndexOf('/');
    String folder = slash <= 0 ? "/" : word.substring(0, slash);
    String prefix = slash < 0 ? "/" : word.substring(0, slash + 1);
    for (String name : names(folder)) {
      // No space after it: it may be a directory.
      candidates.add(new Candidate(prefix + name, name, null, null, null, null, false));
    }
  }

  private List<String> names(String path) {
    if (path.equals(cachedPath) && System.nanoTime() - cachedAt < CACHE_NANOS) {
      return cachedNames;
    }
    Outcome outcome = hive.ls(path);
    List<String> names =
        outcome instanceof Outcome.Accepted accepted ? accepted.lines() : List.<String>of();
    cachedPath = path;
    cachedNames = names.size() > MAX_NAMES ? names.subList(0, MAX_NAMES) : names;
    cachedAt = System.nanoTime();
    return cachedNames;
  }

  private static Candidate whole(String value, String what) {
    return new Candidate(value, value, null, what, null, null, true);
  }
}
