/**
 * Credentials that belong to one origin: a request goes out with those of the origin that it is
 * for, and with no others. The client follows no redirect off the origin, so they never leave it.
 */
import type { HttpClient } from "../../host/http/types.ts";

/** What requests to one origin go out with. */
export interface OriginAccess {
  /** Has the origin's client certificate, if there is one. */
  readonly http: HttpClient;
  /** The value of the Authorization header. */
  readonly authorization?: string;
}

/**
 * A client that looks at where each request goes.
 *
 * @param others for every origin that is not named
 * @param byOrigin by scheme, host and port
 */
export function originHttp(
  others: HttpClient,
  byOrigin: ReadonlyMap<string, OriginAccess>,
): HttpClient {
  return {
    request: async (request) => {
      const access = byOrigin.get(new URL(request.url).origin);
      if (access === undefined) return others.request(request);
      const { http, authorization } = access;
      const headers = { ...request.headers, ...(authorization && { authorization }) };
      return http.request({ ...request, headers });
    },
    close: () => {
      others.close();
      for (const { http } of byOrigin.values()) http.close();
    },
  };
}
