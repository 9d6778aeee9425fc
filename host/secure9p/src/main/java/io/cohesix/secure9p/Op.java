// One request from its call to its answer.
package io.cohesix.secure9p;

/**
 * A request and what becomes of its reply. Fields and methods belong to the leader, but for the future and
 * {@link #abandon}.
 */
abstract class Op<T> extends Command {
  final Connection connection;
  final String operation;
  final String path;
  /** Whether the server changes something for it. */
  final boolean mutates;
  final long timeoutNanos;
  /** Deadline on System.nanoTime. */
  final long deadline;
  final Pending<T> result = new Pending<>(this);
  /** The tag that it was sent with; −1 before. */
  int tag = -1;

  Op(Connection connection, String operation, String path, long timeoutNanos, boolean mutates) {
    this.connection = connection;
    this.operation = operation;
    this.path = path;
    this.mutates = mutates;
    this.timeoutNanos = timeoutNanos;
    this.deadline = System.nanoTime() + timeoutNanos;
  }

  /** The message to send; reserves what it needs. */
  abstract Request request(int tag);

  /** The value of a reply that is no Rlerror; throws what {@link Connection#violation} makes when it is not the right one. */
  abstract T accept(Reply reply);

  /** The request had no effect: gives back what {@link #request} reserved. */
  void undone() {}

  /** The server answered with Rlerror. */
  void refused() {
    undone();
  }

  /** A value that nobody waits for. */
  void orphaned(T value) {}

  /** Hands the request to the leader. */
  final Pending<T> submit() {
    if (!connection.submit(this)) {
      lost(false);
    }
    return result;
  }

  /** The future ended early; by any thread. */
  final void abandon() {
    connection.submit(new FlushOf(this));
  }

  final void answer(Reply reply) {
    if (reply instanceof Reply.Refused refused) {
      refused();
      result.fail(NinePException.refused(refused.errno(), operation, path));
      return;
    }
    T value = accept(reply);
    if (!result.finish(value)) {
      orphaned(value);
    }
  }

  /** It was never sent, since this side refuses it. */
  final void refuse(int errno, String detail) {
    undone();
    result.fail(NinePException.local(errno, operation, path, detail));
  }

  /** The deadline is over. */
  final void late(boolean sent) {
    if (result.isDone()) {
      return;
    }
    String detail = "no answer within " + timeoutNanos / 1_000_000 + " ms";
    result.fail(
        mutates && sent
            ? new UnknownOutcomeException(Errno.ETIMEDOUT, operation, path, detail, null)
            : NinePException.local(Errno.ETIMEDOUT, operation, path, detail));
  }

  /** The connection is no more. */
  final void lost(boolean sent) {
    if (result.isDone()) {
      return;
    }
    Connection.Loss loss = connection.loss();
    result.fail(
        mutates && sent
            ? new UnknownOutcomeException(loss.errno(), operation, path, loss.detail(), loss.cause())
            : new ConnectionLostException(loss.errno(), operation, path, loss.detail(), loss.cause()));
  }

  @Override
  final void run(Connection led) {
    led.enqueue(this);
  }

  /** Asks the leader to flush a request whose future ended early. */
  private static final class FlushOf extends Command {
    private final Op<?> op;

    FlushOf(Op<?> op) {
      this.op = op;
    }

    @Override
    void run(Connection led) {
      led.window().flush(op);
    }
  }
}
