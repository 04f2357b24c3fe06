/**
 * Pages that a network puts in place of an answer: a captive portal's log-in, a proxy's refusal.
 * They come with status 200 and say nothing of the mirror.
 */
import type { HttpResponse } from "../../host/http/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";

/** Whether an answer calls itself a page. */
export function isPageAnswer({ headers }: Pick<HttpResponse, "headers">): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(headers["content-type"] ?? "");
}

/** Whether bytes that should be metadata are a page: no JSON begins like that. */
export function isPage(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  return /^(\u00ef\u00bb\u00bf)?\s*<(!doctype|html|head|body|script|meta)/i.test(start);
}

/** A page in place of a file. */
export function portalError(address: string): VouchsafeError {
  const { origin } = new URL(address);
  const message = `What came in place of a file of ${origin} looks like a page of a captive portal or proxy.`;
  return new VouchsafeError("transfer.portal", message);
}
