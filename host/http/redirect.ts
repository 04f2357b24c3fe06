/**
 * Where an answer may send the client: nowhere, or to a place on the same origin under the base
 * path. Anything else would let a mirror turn requests (and their headers) on third parties.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { shownUrl } from "./errors.ts";

/** Most redirects followed in a row. */
export const maxRedirects = 5;

const redirectStatus = new Set([301, 302, 303, 307, 308]);

/** What is known of an answer that may redirect. */
export interface Redirection {
  readonly policy: "none" | "same-origin";
  readonly method: string;
  readonly status: number;
  readonly location: string | undefined;
  readonly url: string;
  /** The address that the target must stay under. */
  readonly base: string | undefined;
}

function refused(url: string, why: string): VouchsafeError {
  const message = `The server of ${shownUrl(url)} redirects ${why}.`;
  return new VouchsafeError("transfer.redirect", message, { details: { url: shownUrl(url) } });
}

function folderOf(base: string): string {
  const { pathname } = new URL(base);
  return pathname.slice(0, pathname.lastIndexOf("/") + 1);
}

/**
 * The address to go on with, or undefined if the answer is no redirect.
 * @throws VouchsafeError transfer.redirect if it leads where it must not
 */
export function redirectTarget(redirection: Redirection): string | undefined {
  const { policy, method, status, location, url, base } = redirection;
  if (!redirectStatus.has(status)) return undefined;
  if (policy === "none") throw refused(url, "where no redirect is allowed");
  if (method !== "GET" && method !== "HEAD") throw refused(url, `a ${method} request`);
  if (location === undefined || !URL.canParse(location, url)) throw refused(url, "to nowhere");
  const target = new URL(location, url);
  if (target.origin !== new URL(base ?? url).origin || target.username !== "") {
    throw refused(url, `to another server, ${shownUrl(target.href)}`);
  }
  if (base !== undefined && !target.pathname.startsWith(folderOf(base))) {
    throw refused(url, `out of its folder, to ${shownUrl(target.href)}`);
  }
  target.hash = "";
  return target.href;
}
