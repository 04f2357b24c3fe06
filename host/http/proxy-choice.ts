/**
 * Which proxy the runtime takes for an address, and why: the rules of Node.js' `proxyEnv` agents,
 * told in a form that a person can be shown. Pure.
 */
import { isIPv4 } from "node:net";

/** An environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How an address is reached. */
export type ProxyChoice =
  | { readonly kind: "direct" }
  /** A proxy is set, but an entry of NO_PROXY matches. */
  | { readonly kind: "bypassed"; readonly variable: string; readonly entry: string }
  /** `url` is undefined when the variable holds something that is no http or https address. */
  | { readonly kind: "proxy"; readonly variable: string; readonly url: URL | undefined };

/** The first variable that is set, lower case first, as Node.js and curl have it. */
function firstSet(env: Environment, name: string): readonly [string, string] | undefined {
  for (const variable of [name.toLowerCase(), name]) {
    const value = env[variable];
    if (value !== undefined && value !== "") return [variable, value];
  }
  return undefined;
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function inRange(entry: string, host: string): boolean {
  const [from = "", to = ""] = entry.split("-").map((end) => end.trim());
  if (![from, to, host].every((address) => isIPv4(address))) return false;
  return numberOf(host) >= numberOf(from) && numberOf(host) <= numberOf(to);
}

/** Whether an entry of NO_PROXY covers a host. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*" || entry === host || entry === `${host}:${port}`) return true;
  if (entry.startsWith(".")) return host === entry.slice(1) || host.endsWith(entry);
  if (entry.startsWith("*.")) return host.endsWith(entry.slice(1));
  return inRange(entry, host);
}

function proxyUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

/** Chooses for an http or https address. */
export function chooseProxy(address: string, env: Environment): ProxyChoice {
  const { protocol, hostname, port } = new URL(address);
  const set = firstSet(env, protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (set === undefined) return { kind: "direct" };
  const [variable, value] = set;
  const [bypass, list] = firstSet(env, "NO_PROXY") ?? ["", ""];
  const shownPort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  const entry = list
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .find((part) => part !== "" && covers(part, hostname.toLowerCase(), shownPort));
  if (entry !== undefined) return { kind: "bypassed", variable: bypass, entry };
  return { kind: "proxy", variable, url: proxyUrl(value) };
}
