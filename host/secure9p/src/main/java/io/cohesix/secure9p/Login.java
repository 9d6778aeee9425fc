// Who attaches and how that is proven; the only place that holds secrets, and it prints none.
package io.cohesix.secure9p;

import org.jspecify.annotations.Nullable;

/** An identity for {@link Client#attach} (spec/secure9p.md, "Authentication"). Immutable; {@code toString} shows no secret. */
public final class Login {
  final String uname;
  final String aname;
  final int uid;
  /** Written to the afid before the attach; null for an attach without one. */
  final @Nullable String token;

  private Login(String uname, String aname, int uid, @Nullable String token) {
    this.uname = uname;
    this.aname = aname;
    this.uid = uid;
    this.token = token;
  }

  /**
   * Token, then ticket: Tauth, the token written to the afid, and Tattach with the ticket.
   *
   * @param role the role's name
   * @param token the hive's token
   * @param ticket the ticket's text, or null for none
   */
  public static Login token(String role, String token, @Nullable String ticket) {
    return new Login(role, ticket == null ? "" : ticket, Wire.NONUNAME, token);
  }

  /**
   * As stock clients do it: all of it in the aname, {@code auth=<token>;role=<role>;ticket=<ticket>}.
   *
   * @param token the hive's token
   * @param role the role's name, or null for the ticket's
   * @param ticket the ticket's text, or null for none
   */
  public static Login aname(String token, @Nullable String role, @Nullable String ticket) {
    String aname =
        "auth=" + token + (role == null ? "" : ";role=" + role) + (ticket == null ? "" : ";ticket=" + ticket);
    return new Login(role == null ? "" : role, aname, Wire.NONUNAME, null);
  }

  /**
   * A plain attach, for servers that ask for no proof.
   *
   * @param uname the user's name
   * @param aname the tree to attach to
   * @param uid the user's number, or {@link Wire#NONUNAME}
   */
  public static Login plain(String uname, String aname, int uid) {
    return new Login(uname, aname, uid, null);
  }

  /** The same with a numeric user, which a hive reports as the owner of its files. */
  public Login withUid(int number) {
    return new Login(uname, aname, number, token);
  }

  @Override
  public String toString() {
    return "Login[uname=" + uname + "]";
  }
}
