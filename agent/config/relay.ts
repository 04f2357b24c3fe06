/**
 * What agent.yaml says of handing verified files to neighbours (`agent serve`), and of neighbours
 * that do: the schemas, and the way to what the other rooms use.
 */
import {
  _default,
  array,
  boolean,
  type core,
  describe,
  int,
  maximum,
  maxLength,
  minimum,
  optional,
  prefault,
  refine,
  strictObject,
  string,
} from "zod/mini";
import { durationField, rateField } from "../../host/config/fields.ts";
import { absolutePath, isLoopback, repositoryUrl } from "./fields.ts";
import type { RelayConfig } from "./types.ts";

const addressForm = /^(\[[0-9A-Fa-f:.]{2,45}\]|[0-9.]{7,15}|localhost):([0-9]{1,5})$/;

function addressOf(text: string): RelayConfig["listen"] | undefined {
  const [, name = "", digits] = addressForm.exec(text) ?? [];
  const host = name.replace(/^\[(.*)\]$/, "$1");
  const port = Number(digits);
  const known = URL.parse(`http://${name}/`)?.hostname;
  const isOne =
    host === "localhost" || (name.startsWith("[") ? known !== undefined : known === name);
  return isOne && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

const listen = string().check(
  maxLength(60),
  refine((text) => addressOf(text) !== undefined, {
    error: 'must be an address of this machine and a port, such as "192.0.2.7:8470" or "[::]:8470"',
    abort: true,
  }),
);

const tls = strictObject({
  certFile: absolutePath.check(describe("PEM file of the relay's certificate and its chain")),
  keyFile: absolutePath.check(describe("PEM file of the certificate's private key")),
  clientCa: optional(absolutePath).check(
    describe("PEM file of the authority whose certificates neighbours must show"),
  ),
});

/** Whether only this machine can reach an address. */
const isLocal = (text: string): boolean => {
  const { host = "" } = addressOf(text) ?? {};
  return isLoopback(host) || host === "::1" || host.startsWith("127.");
};

/** The section `relay`. */
export const relayField = strictObject({
  listen: listen.check(describe("Address and port to listen on")),
  public: _default(boolean(), false).check(
    describe("Whoever reaches the address may read: for data that is not licensed"),
  ),
  tokenFile: optional(absolutePath).check(
    describe("File with the bearer token that neighbours must show"),
  ),
  tls: optional(tls).check(describe("Serve by https")),
  maxRate: prefault(rateField({ min: "256kB/s", max: "10GB/s" }), "10MB/s").check(
    describe("Most that all neighbours together may take"),
  ),
  maxConnections: _default(int().check(minimum(1), maximum(1024)), 64).check(
    describe("Connections at once; one address may have 16 of them"),
  ),
}).check(
  refine((given) => !given.public || (!given.tokenFile && !given.tls?.clientCa), {
    error: "is true beside a token or an authority of clients; keep one",
    path: ["public"],
  }),
  refine(
    (given) =>
      isLocal(given.listen) || given.public || Boolean(given.tokenFile ?? given.tls?.clientCa),
    {
      error:
        'is open to the network: add "tokenFile" with "tls", or "tls" with "clientCa", or say "public: true"',
      path: ["listen"],
    },
  ),
  refine((given) => isLocal(given.listen) || !given.tokenFile || given.tls !== undefined, {
    error: 'would cross the network in the clear: add "tls"',
    path: ["tokenFile"],
  }),
);

const maxRelays = 8;

/** `repository.relays`. */
export const relaysField = array(repositoryUrl).check(
  maxLength(maxRelays),
  refine((urls) => new Set(urls).size === urls.length, { error: "names a relay twice" }),
);

/** `repository.originWithin`. */
export const originWithinField = prefault(durationField({ min: "10m", max: "7d" }), "6h");

/** A relay that stands at the scheme, host and port of a mirror, whose credentials it would get. */
export function relayAtOrigin(
  urls: readonly string[],
  relays: readonly string[],
): number | undefined {
  const origins = new Set(urls.map((url) => URL.parse(url)?.origin));
  const index = relays.findIndex((relay) => origins.has(URL.parse(relay)?.origin));
  return index < 0 ? undefined : index;
}

/** The section in the form that the other rooms use: pure. */
export function relayOf(given: core.output<typeof relayField>): RelayConfig {
  const { tokenFile, tls: secure, maxRate, maxConnections } = given;
  const address = addressOf(given.listen);
  if (address === undefined) throw new TypeError("the address was checked");
  return {
    listen: address,
    public: given.public,
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(secure === undefined
      ? {}
      : {
          tls: {
            certFile: secure.certFile,
            keyFile: secure.keyFile,
            ...(secure.clientCa === undefined ? {} : { clientCa: secure.clientCa }),
          },
        }),
    maxRate,
    maxConnections,
  };
}
