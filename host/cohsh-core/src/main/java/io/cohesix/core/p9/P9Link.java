// What P9Hive needs of a 9P client, one blocking call for each message.
package io.cohesix.core.p9;

import io.cohesix.core.transport.Endpoint;
import java.io.IOException;
import java.util.List;

/**
 * One connection. Calls block until the answer is there or the deadline is over; an {@link IOException} means that the
 * connection is lost, and the request may or may not have been served. For one thread at a time.
 */
public interface P9Link extends AutoCloseable {

  /** Makes connections. */
  interface Connector {
    /**
     * Connects and negotiates the version.
     *
     * @param timeoutMs deadline of the connection and of each later call
     */
    P9Link connect(Endpoint endpoint, int timeoutMs) throws IOException;
  }

  /**
   * Where a walk or an attach led.
   *
   * @param fid the new fid
   * @param directory whether it is a directory
   */
  record Node(int fid, boolean directory) {}

  /**
   * What a hive says of a file.
   *
   * @param size bytes that can be read now; of a ring, counted from where its open fid counts from
   * @param life the hive's, another one after each start; 0: it tells none
   * @param ring whether it is a ring
   * @param next a ring's absolute position behind its newest byte
   */
  record Attributes(long size, long life, boolean ring, long next) {}

  /** A directory entry and where the listing goes on behind it. */
  record Entry(String name, long cookie) {}

  /** Proves that the console's token is known: Tauth and a write of the token; later attaches use the afid. */
  void prove(String token) throws P9Error, IOException;

  /** Opens a session of its own; its root. */
  Node attach(String role, String ticket) throws P9Error, IOException;

  /** Walks to a new fid, in one message. Where it ends behind the first name, the hive does not say why: ENOENT. */
  Node walk(int fid, List<String> names) throws P9Error, IOException;

  /** Opens with Linux's open flags. */
  void open(int fid, int flags) throws P9Error, IOException;

  /** At most {@code count} bytes. */
  byte[] read(int fid, long offset, int count) throws P9Error, IOException;

  /** Entries behind a cookie; none at the end. */
  List<Entry> list(int fid, long cookie) throws P9Error, IOException;

  /** Writes all of it or nothing. */
  void write(int fid, long offset, byte[] data) throws P9Error, IOException;

  /** What the hive says of the file. */
  Attributes stat(int fid) throws P9Error, IOException;

  /** Gives a fid back. A lost connection gives all back: no error. */
  void clunk(int fid);

  /** Asks for a sign of life that needs no session. */
  void ping() throws P9Error, IOException;

  /** The most bytes of content in one message. */
  int maxData();

  @Override
  void close();
}
