/**
 * The envelope of every metadata file (TUF 4.2): a signed part, still uninterpreted, and the
 * signatures over its canonical form.
 */
import { canonicalBytes, fileText } from "../canonical.ts";
import { type JsonObject, parseJson } from "../json.ts";
import { arrayAt, formatError, objectAt, required, stringAt } from "./fields.ts";
import { limits } from "./limits.ts";

/** One signature as written: key id and hex. */
export interface Signature {
  readonly keyId: string;
  readonly sig: string;
}

/** A metadata file whose signatures have not been checked. */
export interface Envelope {
  readonly signed: JsonObject;
  /**
   * The bytes that the signatures are over, made when they are first asked for: what nobody that
   * counts has signed is not worth the work. Throws `trust.format` if there is no such form.
   */
  readonly signedBytes: Buffer;
  readonly signatures: readonly Signature[];
}

/**
 * Splits a metadata file. Looks at nothing inside the signed part.
 *
 * @throws VouchsafeError `trust.format`
 */
export function parseEnvelope(bytes: Uint8Array, maxBytes: number): Envelope {
  const where = "The metadata";
  const object = objectAt(parseJson(bytes, maxBytes), where);
  const list = arrayAt(
    required(object, "signatures", where),
    "The list of signatures",
    limits.signatures,
  );
  const signatures = list.map((item) => {
    const entry = objectAt(item, "A signature");
    const keyId = stringAt(required(entry, "keyid", "A signature"), "A signature's key id");
    const sig = stringAt(
      required(entry, "sig", "A signature"),
      "A signature",
      limits.publicKeyLength,
    );
    return { keyId, sig };
  });
  if (new Set(signatures.map(({ keyId }) => keyId)).size !== signatures.length) {
    throw formatError("The list of signatures", "names a key id twice");
  }
  const signed = objectAt(required(object, "signed", where), "The signed part");
  let canonical: Buffer | undefined;
  return {
    signed,
    signatures,
    get signedBytes() {
      return (canonical ??= canonicalBytes(signed));
    },
  };
}

/** The bytes of a metadata file: sorted and dense, so that equal content is equal bytes. */
export function encodeEnvelope(signed: JsonObject, signatures: readonly Signature[]): Buffer {
  const list = signatures.map(({ keyId, sig }) => ({ keyid: keyId, sig }));
  return Buffer.from(fileText({ signatures: list, signed }));
}
