/**
 * Tries the way to a server one step after the other (name, connection, proxy's tunnel, TLS), so
 * that it can be said which step fails. For diagnosis only: nothing is sent to the server itself.
 */
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { VouchsafeError } from "../../protocol/errors.ts";
import { shownUrl, transferError } from "../http/errors.ts";
import { type CertificateFacts, handshake, type TlsTrust } from "./tls.ts";
import { openTunnel } from "./tunnel.ts";

/** The steps, in order. */
export type ProbeStep = "name" | "connection" | "proxy" | "tls";

/** What is probed. */
export interface ProbeTarget extends TlsTrust {
  /** http or https. */
  readonly url: string;
  /** The proxy to go through; it may carry credentials. */
  readonly proxy?: URL;
  readonly signal: AbortSignal;
}

/** How far it came. The error never holds credentials. */
export type ProbeResult =
  | {
      readonly ok: true;
      /** The address that was connected to: the server's, or the proxy's. */
      readonly address: string;
      readonly certificate?: CertificateFacts;
    }
  | {
      readonly ok: false;
      readonly step: ProbeStep;
      readonly error: VouchsafeError;
      readonly certificate?: CertificateFacts;
    };

const portOf = ({ port, protocol }: URL): number =>
  port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);

/** A host without the brackets of an IPv6 address. */
const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/** Rejects as soon as the signal is aborted, whatever `work` does. */
function unlessAborted<T>(work: Promise<T>, url: string, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      const message = `The server of ${shownUrl(url)} did not answer in time.`;
      reject(new VouchsafeError("transfer.timeout", message));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

async function addressOf(host: string): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host)).address : host;
}

function connected(address: string, port: number, opened: Set<Socket>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    opened.add(socket);
    socket.once("connect", () => resolve(socket));
    socket.on("error", reject); // stays: an unheard error would end the process
  });
}

/**
 * Probes a server. Never throws; every socket is closed before it returns.
 *
 * @param target its signal bounds the whole
 */
export async function probe(target: ProbeTarget): Promise<ProbeResult> {
  const { url, proxy, signal } = target;
  const destination = new URL(url);
  const hop = proxy ?? destination;
  const opened = new Set<Socket>();
  let step: ProbeStep = "name";
  const within = <T>(work: Promise<T>): Promise<T> => unlessAborted(work, hop.href, signal);
  try {
    const address = await within(addressOf(bareHost(hop)));
    step = "connection";
    let socket = await within(connected(address, portOf(hop), opened));
    if (proxy !== undefined && destination.protocol === "https:") {
      step = "proxy";
      const to = `${destination.hostname}:${portOf(destination)}`;
      socket = await within(openTunnel(socket, proxy, to, opened));
    }
    if (destination.protocol !== "https:") return { ok: true, address };
    step = "tls";
    const { refusal, certificate } = await within(
      handshake(socket, bareHost(destination), target, opened),
    );
    if (refusal === undefined) return { ok: true, address, certificate };
    const message = `The server of ${shownUrl(url)} has no acceptable certificate (${refusal}).`;
    return { ok: false, step, error: new VouchsafeError("transfer.tls", message), certificate };
  } catch (error) {
    const whose = step === "tls" ? url : hop.href;
    return { ok: false, step, error: transferError(error, whose, "before-answer") };
  } finally {
    // The outermost first: a socket that is destroyed below a TLS socket crashes the runtime.
    for (const socket of [...opened].toReversed()) socket.destroy();
  }
}
