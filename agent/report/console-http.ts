/** The one exchange that reporting needs of HTTP, as a port, and its making from the host's client. */
import { createHttp, type HttpClient, type HttpTls, readBody } from "../../host/http.ts";
import { reportLimits } from "../../protocol/report/limits.ts";

/** A request to the console; never redirected. */
export interface ConsoleRequest {
  readonly method: "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal?: AbortSignal;
}

/** The console's answer; fields under lower-case names, the body bounded. */
export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Rejects with VouchsafeError `transfer.*` when there is no answer. */
export type ConsoleHttp = (request: ConsoleRequest) => Promise<ConsoleAnswer>;

/** A console answers from its own disk: longer than this is a fault. */
const timeouts = { connectMs: 10_000, idleMs: 15_000, requestMs: 60_000 };

/** An HTTP client fit for a console: no redirects, everything bounded. Close it at the end. */
export function createConsoleClient(options: {
  readonly userAgent: string;
  readonly tls?: HttpTls;
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>;
}): HttpClient {
  return createHttp({ ...options, timeouts, redirects: "none" });
}

/** The exchange over an HTTP client. */
export function consoleHttp(client: HttpClient): ConsoleHttp {
  return async (request) => {
    const maxBytes = reportLimits.answerBytes;
    const response = await client.request({ ...request, maxBytes });
    const { status, headers } = response;
    return { status, headers, body: await readBody(response, maxBytes) };
  };
}
