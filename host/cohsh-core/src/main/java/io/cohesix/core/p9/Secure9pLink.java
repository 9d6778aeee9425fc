// P9Link over the secure9p library: blocking calls, errors from the server as P9Error, everything else as a lost connection.
package io.cohesix.core.p9;

import io.cohesix.core.trace.TraceRecorder;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.secure9p.Client;
import io.cohesix.secure9p.ClientOptions;
import io.cohesix.secure9p.Fid;
import io.cohesix.secure9p.FrameTap;
import io.cohesix.secure9p.Login;
import io.cohesix.secure9p.NinePException;
import io.cohesix.secure9p.OpenMode;
import io.cohesix.secure9p.Session;
import io.cohesix.secure9p.Stat;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** One connection of the library. For one thread at a time. */
public final class Secure9pLink implements P9Link {
  private final Client client;
  private final Map<Integer, Fid> fids = new HashMap<>();
  private int last;
  private String token = "";

  private Secure9pLink(Client client) {
    this.client = client;
  }

  /** Connects with a hive's message size and window. */
  public static P9Link connect(Endpoint endpoint, int timeoutMs) throws IOException {
    return connect(endpoint, timeoutMs, FrameTap.NONE);
  }

  /** As {@link #connect(Endpoint, int)}, with every frame recorded. */
  public static Connector recordedBy(TraceRecorder recorder) {
    return (endpoint, timeoutMs) -> connect(endpoint, timeoutMs, recorder);
  }

  private static P9Link connect(Endpoint endpoint, int timeoutMs, FrameTap tap) throws IOException {
    Duration time = Duration.ofMillis(timeoutMs);
    ClientOptions options = ClientOptions.defaults().withConnectTimeout(time).withRequestTimeout(time);
    try {
      return new Secure9pLink(Client.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), options, tap));
    } catch (NinePException e) {
      if (e.getCause() instanceof ConnectException refused) {
        throw refused;
      }
      throw new IOException(e.getMessage(), e);
    }
  }

  private static <T> T served(Supplier<T> call) throws P9Error, IOException {
    try {
      return call.get();
    } catch (NinePException e) {
      if (e.isFromServer()) {
        throw new P9Error(e.errno());
      }
      throw new IOException(e.getMessage(), e);
    }
  }

  private Node keep(Fid fid) {
    fids.put(++last, fid);
    return new Node(last, fid.qid().isDirectory());
  }

  private Fid fid(int number) throws IOException {
    Fid fid = fids.get(number);
    if (fid == null) {
      throw new IOException("fid " + number + " was given back");
    }
    return fid;
  }

  @Override
  public void prove(String secret) throws P9Error, IOException {
    token = secret;
    served(
        () -> {
          client.prove(secret);
          return true;
        });
  }

  @Override
  public Node attach(String role, String ticket) throws P9Error, IOException {
    Session session = served(() -> client.attach(Login.token(role, token, ticket.isEmpty() ? null : ticket)));
    return keep(session.root());
  }

  @Override
  public Node walk(int from, List<String> names) throws P9Error, IOException {
    Fid fid = fid(from);
    // An empty name is sent as two, since one alone would mean no name at all; the hive refuses the first.
    String path = names.equals(List.of("")) ? "//" : names.isEmpty() ? "" : "/" + String.join("/", names);
    return keep(served(() -> fid.walkAtOnce(path)));
  }

  @Override
  public void open(int number, int flags) throws P9Error, IOException {
    Fid fid = fid(number);
    OpenMode mode = flags == Files.WRITE_ONLY ? OpenMode.WRITE : flags == Files.READ_ONLY ? OpenMode.READ : OpenMode.LIST;
    served(() -> fid.open(mode));
  }

  @Override
  public byte[] read(int number, long offset, int count) throws P9Error, IOException {
    Fid fid = fid(number);
    return served(() -> fid.read(offset, count));
  }

  @Override
  public List<Entry> list(int number, long cookie) throws P9Error, IOException {
    Fid fid = fid(number);
    return served(() -> waited(fid.readDirAsync(cookie))).stream()
        .map(entry -> new Entry(entry.name(), entry.cookie()))
        .toList();
  }

  private static <T> T waited(java.util.concurrent.CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NinePException known) {
        throw known;
      }
      throw new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  @Override
  public void write(int number, long offset, byte[] data) throws P9Error, IOException {
    Fid fid = fid(number);
    int taken = served(() -> fid.write(offset, data));
    if (taken != data.length) {
      throw new IOException("the hive took " + taken + " of " + data.length + " bytes, which it never does");
    }
  }

  @Override
  public Attributes stat(int number) throws P9Error, IOException {
    Fid fid = fid(number);
    Stat stat = served(fid::stat);
    return new Attributes(stat.size(), stat.life(), stat.isRing(), stat.isRing() ? stat.dataVersion() : 0);
  }

  @Override
  public void clunk(int number) {
    Fid fid = fids.remove(number);
    if (fid != null) {
      fid.close();
    }
  }

  /** A proof of the token is served before there is a session, too. */
  @Override
  public void ping() throws P9Error, IOException {
    if (fids.isEmpty()) {
      prove(token);
      return;
    }
    Fid any = fids.values().iterator().next();
    served(any::stat);
  }

  @Override
  public int maxData() {
    return client.msize() - 24;
  }

  @Override
  public void close() {
    fids.clear();
    client.close();
  }
}
