/** The certificates of the servers that are reached by https: by whom, for how long. */
import type { CertificateFacts } from "../../../host/probe/tls.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";
import type { ServerFacts } from "../servers.ts";

const dayMs = 86_400_000;
const fewDays = 14;

/** How a certificate is at that moment (milliseconds since 1970): pure. */
export function judgeCertificate(
  url: string,
  { subject, issuer, validFrom, validTo, privateAuthority }: CertificateFacts,
  now: number,
): Finding {
  const whose = `The certificate of ${url} for ${subject}, issued by ${issuer}`;
  if (now < validFrom) {
    const message = `${whose}, is not valid before ${new Date(validFrom).toISOString()}.`;
    return failure(
      "transfer.tls",
      message,
      "Check this machine's clock; else tell the server's operator.",
    );
  }
  const days = Math.floor((validTo - now) / dayMs);
  const until = new Date(validTo).toISOString().slice(0, 10);
  if (validTo <= now) {
    const message = `${whose}, expired on ${until}.`;
    return failure(
      "transfer.tls",
      message,
      "Tell the server's operator; check this machine's clock.",
    );
  }
  const authority = privateAuthority ? ", by an authority of the configuration" : "";
  const message = `${whose}${authority}, is valid for ${days} more days, until ${until}.`;
  return days < fewDays ? warning(message, "Tell the server's operator to renew it.") : ok(message);
}

/** Of all servers: pure. */
export function judgeCertificates(
  servers: readonly (ServerFacts | undefined)[],
  now: number,
): readonly Finding[] {
  const findings = servers.flatMap((server) => {
    const certificate = server?.probe.certificate;
    if (server === undefined || certificate === undefined) return [];
    return [judgeCertificate(server.url, certificate, now)];
  });
  return findings.length > 0 ? findings : [ok("No certificate was shown: no server is on https.")];
}

export const certificatesCheck: Check = {
  id: "certificates",
  title: "the servers' certificates: issuer, days left, and whether a private authority counts",
  run: async (context) =>
    judgeCertificates(
      [...(await context.mirrors()), ...(await context.relays()), await context.console()],
      context.clock.now().getTime(),
    ),
};
