// Sessions with a hive, as many in turn as it takes: what is lost is taken up again where the hive says it stands.
package io.cohesix.castool.upload;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.core.generated.Defaults;
import io.cohesix.core.p9.AuditWords;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.Transport;
import io.cohesix.secure9p.Client;
import io.cohesix.secure9p.ClientOptions;
import io.cohesix.secure9p.ConnectionLostException;
import io.cohesix.secure9p.Errno;
import io.cohesix.secure9p.Fid;
import io.cohesix.secure9p.Login;
import io.cohesix.secure9p.NinePException;
import io.cohesix.secure9p.OpenMode;
import io.cohesix.secure9p.Session;
import io.cohesix.secure9p.UnknownOutcomeException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A hive to upload to. For one thread. */
public final class Hives implements AutoCloseable {
  /** More than a refusal and what others log in the same instant. */
  private static final int LOG_BYTES = 4096;

  /**
   * Who attaches.
   *
   * @param role the role's name
   * @param token the console's token
   * @param ticket the ticket, or null
   */
  public record Identity(String role, String token, @Nullable String ticket) {
    @Override
    public String toString() {
      return "Identity[" + role + "]";
    }
  }

  /** What is done in a session. Done again from its beginning in another one when the first is lost. */
  public interface Pass<T> {
    /** Does it. */
    T run(Session session) throws UploadException, BundleException;
  }

  private final Transport transport;
  private final Identity identity;
  private final ClientPolicy policy;
  private @Nullable Endpoint endpoint;
  private boolean met;

  /** Nothing is connected yet. */
  public Hives(Transport transport, Identity identity, ClientPolicy policy) {
    this.transport = transport;
    this.identity = identity;
    this.policy = policy;
  }

  private Endpoint endpoint() throws UploadException {
    Endpoint known = endpoint;
    if (known == null) {
      try {
        known = transport.open();
      } catch (IOException e) {
        throw UploadException.unreachable(e.getMessage() + "");
      }
      endpoint = known;
    }
    return known;
  }

  private Client connect(Endpoint at) {
    Duration time = Duration.ofMillis(policy.retry().timeoutMs());
    ClientOptions options =
        ClientOptions.defaults()
            .withWindow(Defaults.SECURE9P_TAGS_PER_SESSION)
            .withConnectTimeout(time)
            .withRequestTimeout(time);
    return Client.connect(new InetSocketAddress(at.host(), at.port()), options);
  }

  /**
   * Runs a pass. A lost connection, a missing answer and a busy hive are tried again, client_policies.retry.max_attempts times in
   * a row without a byte of progress. That repeats nothing that was done: each append names the offset that it belongs to.
   */
  public <T> T run(Progress progress, Pass<T> pass) throws UploadException, BundleException {
    int failures = 0;
    while (true) {
      long before = progress.sent();
      NinePException why;
      Endpoint at = endpoint();
      try (Client client = connect(at)) {
        try (Session session = client.attach(Login.token(identity.role(), identity.token(), identity.ticket()))) {
          met = true;
          return pass.run(session);
        }
      } catch (NinePException e) {
        why = e;
      }
      failures = progress.sent() > before ? 1 : failures + 1;
      boolean nobody = !met && why.getCause() instanceof ConnectException;
      if (nobody || !passing(why) || failures > policy.retry().maxAttempts()) {
        throw given(why, at);
      }
      long pause = policy.retry().pauseMs(failures);
      progress.say(
          "attempt " + failures + " of " + policy.retry().maxAttempts() + " in " + pause + " ms after " + why.getMessage());
      sleep(pause);
    }
  }

  private static void sleep(long ms) throws UploadException {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw UploadException.unreachable("interrupted");
    }
  }

  /** Whether it may go better on another connection. */
  private static boolean passing(NinePException why) {
    if (why.isFromServer()) {
      return why.errno() == Errno.EBUSY || why.errno() == Errno.EAGAIN;
    }
    return lost(why) && why.errno() != Errno.EPROTO && why.errno() != Errno.EOPNOTSUPP;
  }

  /** Whether there is no answer, rather than a refusal. */
  static boolean lost(NinePException why) {
    return why instanceof ConnectionLostException || why instanceof UnknownOutcomeException || why.errno() == Errno.ETIMEDOUT;
  }

  private UploadException given(NinePException why, Endpoint at) {
    if (why.getCause() instanceof ConnectException) {
      return UploadException.unreachable("nothing listens on " + at + ": " + transport.hint());
    }
    if (!why.isFromServer()) {
      return UploadException.unreachable(
          at + ": " + why.getMessage() + "; what the hive has is kept there: run the same command again to go on");
    }
    if (why.errno() == Errno.EACCES) {
      return UploadException.refused(
          at + " lets nobody in as " + identity.role()
              + " with this token and ticket: check --role, --auth-token-file and --ticket-file; repeated failures are slowed down");
    }
    if (why.errno() == Errno.EBUSY && why.path().startsWith("/models")) {
      return UploadException.refused(
          why.getMessage() + "; the hive holds as many models as may be, half-sent ones included: docs/CAS.md says how one of those gives its place up");
    }
    if (why.errno() == Errno.EBUSY) {
      return UploadException.refused(
          why.getMessage() + "; the hive takes one manifest at a time and keeps few epochs: see cas-tool status, and cas-tool discard for an upload that nobody ends");
    }
    return UploadException.refused(why.getMessage() + "");
  }

  /**
   * A refusal in words: the error, what the hive's log says of it, and what to do.
   *
   * @param advice what to do, or empty
   */
  UploadException refusal(Session session, NinePException why, String advice) {
    String more = audited(session, why.path());
    return UploadException.refused(
        "the hive refused: " + why.getMessage() + (more.isEmpty() ? "" : " (" + more + ")") + (advice.isEmpty() ? "" : "; " + advice));
  }

  /** What an error number leaves out stands in the hive's log. */
  private String audited(Session session, String path) {
    try {
      String log = policy.paths().log();
      try (Fid fid = session.open(log, OpenMode.READ)) {
        long from = Math.max(0, fid.stat().size() - LOG_BYTES);
        return AuditWords.refusal(new String(fid.read(from, LOG_BYTES), StandardCharsets.UTF_8), identity.role(), path);
      }
    } catch (NinePException e) {
      return "";
    }
  }

  /** Ends what the transport started. */
  @Override
  public void close() {
    transport.close();
  }
}
