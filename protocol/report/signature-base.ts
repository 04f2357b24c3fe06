/** The signature base of HTTP Message Signatures (RFC 9421 §2): the exact bytes that are signed. */
import { VouchsafeError } from "../errors.ts";
import { type Parameters, serializeItem, serializeParameters } from "./structured-fields.ts";

/** What of a request can be signed. */
export interface SignableRequest {
  /** In capitals: `PUT`. */
  readonly method: string;
  /** Host and, unless it is the scheme's own, port; lower case (RFC 9421 §2.2.3). */
  readonly authority: string;
  /** Absolute path as sent: `/v1/agents`. */
  readonly path: string;
  /** Query with its `?`; a lone `?` when there is none (RFC 9421 §2.2.7). */
  readonly query: string;
  /** Fields under lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The covered components in order, and the parameters of the signature. */
export interface SignatureInput {
  readonly components: readonly string[];
  readonly parameters: Parameters;
}

const controls = /\p{Cc}/u;

function componentValue(request: SignableRequest, name: string): string {
  switch (name) {
    case "@method":
      return request.method;
    case "@authority":
      return request.authority;
    case "@path":
      return request.path;
    case "@query":
      return request.query;
    default: {
      const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
      if (value === undefined) {
        throw new VouchsafeError("report.refused", `The request lacks the signed field ${name}.`);
      }
      return value.trim();
    }
  }
}

/** The value of `@signature-params`, which is also the member of Signature-Input (§2.3). */
export function signatureParams(input: SignatureInput): string {
  const names = input.components.map((value) => serializeItem({ kind: "string", value }));
  return `(${names.join(" ")})${serializeParameters(input.parameters)}`;
}

/**
 * The signature base (RFC 9421 §2.5) as ASCII text.
 *
 * @throws VouchsafeError `report.refused` when a component is missing, is covered twice, or holds a
 *   line break
 */
export function signatureBase(input: SignatureInput, request: SignableRequest): string {
  if (new Set(input.components).size !== input.components.length) {
    throw new VouchsafeError("report.refused", "A component is covered twice by the signature.");
  }
  const lines = input.components.map((name) => {
    const value = componentValue(request, name);
    if (controls.test(value.replaceAll("\t", ""))) {
      throw new VouchsafeError(
        "report.refused",
        `The signed field ${name} has control characters.`,
      );
    }
    return `"${name}": ${value}`;
  });
  return [...lines, `"@signature-params": ${signatureParams(input)}`].join("\n");
}

/** A URL's authority, path and query in the form that is signed. */
export function signableTarget(url: URL): Pick<SignableRequest, "authority" | "path" | "query"> {
  return { authority: url.host, path: url.pathname, query: url.search === "" ? "?" : url.search };
}
