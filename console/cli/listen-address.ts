/** Where `serve` may listen: pure rules over its options. */
import { VouchsafeError } from "../../protocol/errors.ts";

/** A place to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
}

/** What guards an address that others can reach. */
export interface Exposure {
  readonly tls: boolean;
  readonly behindProxy: boolean;
  readonly publicUrl?: string;
}

const addressForm = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):(\d{1,5})$/;
const loopbackForm = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/**
 * Parses `HOST:PORT` (`[::1]:8740` for IPv6).
 *
 * @throws VouchsafeError `usage.arguments`
 */
export function parseListen(text: string): ListenAddress {
  const [, name, digits] = addressForm.exec(text) ?? [];
  const port = Number(digits);
  if (name === undefined || port > 65_535) {
    throw new VouchsafeError("usage.arguments", "--listen must be HOST:PORT, as 127.0.0.1:8740.");
  }
  const host = name.replace(/^\[(.*)\]$/, "$1");
  return { host, port, loopback: loopbackForm.test(host) };
}

/**
 * Refuses to listen for others in the clear, or without knowing the address that agents sign.
 *
 * @throws VouchsafeError `usage.arguments`
 */
export function checkExposure(address: ListenAddress, exposure: Exposure): void {
  const { tls, behindProxy, publicUrl } = exposure;
  if (tls && behindProxy) {
    throw new VouchsafeError(
      "usage.arguments",
      "--behind-proxy and --tls-cert exclude each other.",
    );
  }
  if (behindProxy && publicUrl === undefined) {
    throw new VouchsafeError("usage.arguments", "--behind-proxy needs --public-url.");
  }
  if (address.loopback) return;
  if (!tls && !behindProxy) {
    throw new VouchsafeError(
      "usage.arguments",
      "An address other than loopback needs --tls-cert and --tls-key, or --behind-proxy.",
    );
  }
  if (publicUrl === undefined) {
    throw new VouchsafeError(
      "usage.arguments",
      "An address other than loopback needs --public-url.",
    );
  }
}

/**
 * The origin of `--public-url`.
 *
 * @throws VouchsafeError `usage.arguments` unless it is scheme, host and port only
 */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url !== undefined &&
    ["http:", "https:"].includes(url.protocol) &&
    url.pathname === "/" &&
    url.search + url.hash + url.username + url.password === "";
  if (!plain) {
    throw new VouchsafeError("usage.arguments", "--public-url must be only scheme, host and port.");
  }
  return url.origin;
}
