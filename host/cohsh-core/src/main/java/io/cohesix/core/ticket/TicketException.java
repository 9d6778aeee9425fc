// A ticket that can't be made or must not be believed.
package io.cohesix.core.ticket;

/** The message says which field is wrong, its value and the bound. */
public final class TicketException extends Exception {
  private static final long serialVersionUID = 1L;

  TicketException(String message) {
    super(message);
  }
}
