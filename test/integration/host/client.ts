/** An HTTP client with short timeouts, closed with the servers. */
import { createHttp, type HttpClient, type HttpOptions, readBody } from "../../../host/http.ts";
import { onClose } from "./servers.ts";

export function client(options: Partial<HttpOptions> = {}): HttpClient {
  const http = createHttp({
    userAgent: "test/1",
    timeouts: { connectMs: 1000, idleMs: 300 },
    redirects: "none",
    ...options,
  });
  onClose(() => http.close());
  return http;
}

/** The whole body of a GET. */
export async function text(http: HttpClient, url: string): Promise<string> {
  return (await readBody(await http.request({ method: "GET", url }), 1e6)).toString();
}
