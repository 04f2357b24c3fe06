/** The one exchange that reporting needs of HTTP, as a port. */

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
