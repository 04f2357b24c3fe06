/** A TLS handshake for diagnosis: the certificate is told whether it is acceptable or not. */
import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { connect, type DetailedPeerCertificate, getCACertificates } from "node:tls";

/** Whom to trust, PEM. */
export interface TlsTrust {
  /** Authorities besides the runtime's own. */
  readonly ca?: string | undefined;
  /** Client certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What is worth telling of a server's certificate. */
export interface CertificateFacts {
  /** The name that it is for. */
  readonly subject: string;
  /** Who signed it. */
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly validFrom: number;
  readonly validTo: number;
  /** Whether its chain ends at one of the authorities in `ca`. */
  readonly privateAuthority: boolean;
}

/** What came of a handshake. */
export interface Handshake {
  /** Why the certificate is not acceptable, or undefined. */
  readonly refusal: string | undefined;
  readonly certificate: CertificateFacts;
}

const maxChain = 10;

type Name = DetailedPeerCertificate["subject"];

function textOf(name: Name | undefined): string {
  const parts = [name?.CN ?? name?.O].flat();
  return parts.find((part) => part !== undefined && part !== "") ?? "nobody named";
}

/** SHA-256 fingerprints of the certificates in a PEM text; what is none is passed over. */
function fingerprintsOf(pem: string): ReadonlySet<string> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const prints = blocks.map((block) => {
    try {
      return new X509Certificate(block).fingerprint256;
    } catch {
      return "";
    }
  });
  return new Set(prints);
}

function chainOf(certificate: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain = [certificate];
  for (let next = certificate.issuerCertificate; chain.length < maxChain; ) {
    if (next === undefined || chain.includes(next)) break;
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function factsOf(certificate: DetailedPeerCertificate, ca: string | undefined): CertificateFacts {
  const own = ca === undefined ? new Set<string>() : fingerprintsOf(ca);
  return {
    subject: textOf(certificate.subject),
    issuer: textOf(certificate.issuer),
    validFrom: Date.parse(certificate.valid_from),
    validTo: Date.parse(certificate.valid_to),
    privateAuthority: chainOf(certificate).some(({ fingerprint256 }) => own.has(fingerprint256)),
  };
}

/**
 * Shakes hands over a socket that is connected. Rejects with the runtime's error when it does not
 * come to a certificate.
 *
 * @param host the name that the certificate must be for
 */
export function handshake(
  socket: Socket,
  host: string,
  { ca, cert, key }: TlsTrust,
  opened: Set<Socket>,
): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      host,
      ...(/[a-z]/i.test(host) && !host.includes(":") ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca: [...getCACertificates("default"), ca] }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      // Only to tell of it: nothing is sent over this connection.
      rejectUnauthorized: false,
    });
    opened.add(secure);
    secure.on("error", reject);
    secure.once("secureConnect", () => {
      const { authorized, authorizationError } = secure;
      const why = String(authorizationError);
      resolve({
        refusal: authorized ? undefined : why.replace(/^Error: /, ""),
        certificate: factsOf(secure.getPeerCertificate(true), ca),
      });
    });
  });
}
