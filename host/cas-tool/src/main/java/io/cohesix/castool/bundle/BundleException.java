// What is wrong with an update or a model, in words for whoever has to mend it.
package io.cohesix.castool.bundle;

/** A bundle, key or model that can't be used as it is. The message says which file, what is wrong and what to do. */
public final class BundleException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With the text for people. */
  public BundleException(String message) {
    super(message);
  }

  @Override
  public String getMessage() {
    return super.getMessage() + "";
  }
}
