// A model on its way: weights, schema, and the signature, whose last byte makes the hive check and keep it.
package io.cohesix.castool.upload;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Model;
import io.cohesix.castool.bundle.Sha256;
import io.cohesix.castool.bundle.Signature;
import io.cohesix.secure9p.Errno;
import io.cohesix.secure9p.NinePException;
import io.cohesix.secure9p.Session;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Uploads one model. What the hive has of it is taken up where it ends, as with {@link Uploader}. */
public final class ModelUploader {
  private static final String ROOT = "/models";

  private final Hives hives;
  private final Model model;
  private final String folder;
  private final Progress progress;

  /** Sizes on the hive. */
  private record There(long weights, long schema, long signature) {
    boolean any() {
      return weights + schema + signature > 0;
    }
  }

  /** For a model that was read. */
  public ModelUploader(Hives hives, Model model, Progress progress) {
    this.hives = hives;
    this.model = model;
    this.folder = ROOT + "/" + model.id();
    this.progress = progress;
  }

  /**
   * Sends what is missing until the hive has committed the model.
   *
   * @return bytes that were sent
   */
  public long upload() throws UploadException, BundleException {
    hives.run(
        progress,
        session -> {
          pass(session);
          return true;
        });
    return progress.sent();
  }

  private void pass(Session session) throws UploadException, BundleException {
    requireModels(session);
    There there = there(session);
    if (there.signature == Signature.BYTES) {
      requireSame(session, there);
      return;
    }
    try {
      send(session, there);
      return;
    } catch (NinePException e) {
      if (!there.any() || !e.isFromServer() || e.errno() != Errno.EINVAL) {
        throw refused(session, e);
      }
      There now = there(session);
      if (now.any()) {
        throw refused(session, e);
      }
    }
    progress.say("note: what the hive had of model " + model.id() + " was something else and was dropped; all of it is sent now");
    try {
      send(session, new There(0, 0, 0));
    } catch (NinePException e) {
      throw refused(session, e);
    }
  }

  private static void requireModels(Session session) throws UploadException {
    try {
      session.stat(ROOT);
    } catch (NinePException e) {
      if (e.isFromServer() && e.errno() == Errno.ENOENT) {
        throw UploadException.refused("the hive has no " + ROOT + ": its manifest needs ecosystem.models.enable = true");
      }
      if (e.isFromServer() && e.errno() == Errno.EPERM) {
        throw UploadException.refused("this role may not see " + ROOT + ": models are the queen's");
      }
      throw e;
    }
  }

  private There there(Session session) {
    return new There(
        Nodes.size(session, node(Model.WEIGHTS)), Nodes.size(session, node(Model.SCHEMA)), Nodes.size(session, node(Model.SIGNATURE)));
  }

  private String node(String name) {
    return folder + "/" + name;
  }

  /** A committed model is read-only: it is this one, or its name is taken. */
  private void requireSame(Session session, There there) throws UploadException {
    byte[] schema = Nodes.content(session, node(Model.SCHEMA), Session.READ_ALL_BYTES);
    byte[] signature = Nodes.content(session, node(Model.SIGNATURE), Signature.BYTES);
    if (there.weights != model.weightsBytes()
        || !Sha256.of(schema).equals(model.schemaSha256())
        || !Arrays.equals(signature, model.signature().bytes())) {
      throw UploadException.refused(
          "the hive has model " + model.id() + " with another schema or signature, and a committed one is read-only: these weights stay as they are there");
    }
  }

  private void send(Session session, There there) throws BundleException, UploadException {
    if (there.weights > model.weightsBytes() || there.schema > model.schemaBytes()) {
      throw UploadException.refused(
          "the hive holds " + there.weights + " bytes of weights and " + there.schema + " of schema for model " + model.id()
              + ", this model has " + model.weightsBytes() + " and " + model.schemaBytes()
              + ": that is another upload under the same name; let it end first");
    }
    progress.know(
        there.weights + there.schema + there.signature, model.weightsBytes() + model.schemaBytes() + Signature.BYTES);
    file(session, Model.WEIGHTS, there.weights, model.weightsBytes());
    file(session, Model.SCHEMA, there.schema, model.schemaBytes());
    byte[] signature = model.signature().bytes();
    int from = (int) there.signature;
    try {
      Nodes.append(
          session, node(Model.SIGNATURE), new ByteArrayInputStream(signature, from, signature.length - from), from, progress);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void file(Session session, String name, long from, long bytes) throws BundleException {
    if (from == bytes) {
      return;
    }
    Path file = model.folder().resolve(name);
    try (InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(from);
      Nodes.append(session, node(name), in, from, progress);
    } catch (IOException e) {
      throw new BundleException("can't read " + file + ": " + e.getMessage());
    }
  }

  /** A refusal with what the hive's log says of it; what is no refusal goes on as it is, for another attempt. */
  private UploadException refused(Session session, NinePException why) {
    if (!why.isFromServer() || why.errno() == Errno.EBUSY || why.errno() == Errno.EAGAIN) {
      throw why;
    }
    if (why.errno() == Errno.EMSGSIZE) {
      // What the log says last is of the pieces behind the one that did not fit.
      return UploadException.refused(
          "the hive refused: " + why.getMessage() + "; model " + model.id() + " does not fit the hive's model files, and was not stored");
    }
    return hives.refusal(session, why, "model " + model.id() + " was not stored");
  }
}
