/**
 * The command line that the public TUF conformance suite speaks to a client: `init ROOT`,
 * `refresh` and `download`. Exit code 0 if all of it succeeded, else 1 and the reason on stderr.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { MetadataFetcher } from "../../agent/trust/types.ts";
import { createHttp, type HttpClient, readBody } from "../../host/http.ts";
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import { download, init, refresh } from "./adapter.ts";

const usage = "client --metadata-dir DIR [--metadata-url URL] … init ROOT | refresh | download";
const prefix = "metadata/";

function required(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new VouchsafeError("usage.input", `${name} is missing: ${usage}`);
}

const asFolder = (url: string) => (url.endsWith("/") ? url : `${url}/`);

async function get(http: HttpClient, base: string, relative: string, maxBytes: number) {
  const url = new URL(relative, base).href;
  const response = await http.request({ method: "GET", url, base, maxBytes });
  if (response.status === 200) return readBody(response, maxBytes);
  response.cancel();
  if (response.status === 403 || response.status === 404) return undefined;
  throw new VouchsafeError("transfer.status", `${url} answered HTTP ${response.status}.`);
}

function metadataOver(http: HttpClient, base: string): MetadataFetcher {
  return {
    get: async (path, { maxBytes }) => {
      const bytes = await get(http, base, path.slice(prefix.length), maxBytes);
      return bytes === undefined
        ? { status: "missing" }
        : { status: "ok", bytes, validators: { origin: base } };
    },
  };
}

async function run(argv: readonly string[], http: HttpClient): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      "metadata-dir": { type: "string" },
      "metadata-url": { type: "string" },
      "target-name": { type: "string", multiple: true },
      "target-dir": { type: "string" },
      "target-base-url": { type: "string" },
    },
  });
  const [command, file] = positionals;
  const metadataDir = required(values["metadata-dir"], "--metadata-dir");
  if (command === "init") {
    return init(metadataDir, await readFile(required(file, "the trusted root")));
  }
  const base = asFolder(required(values["metadata-url"], "--metadata-url"));
  const ports = { metadataDir, fetcher: metadataOver(http, base), now: () => Date.now() };
  if (command === "refresh") {
    await refresh(ports);
    return;
  }
  if (command !== "download") throw new VouchsafeError("usage.input", usage);
  const targets = asFolder(required(values["target-base-url"], "--target-base-url"));
  await download(ports, values["target-name"] ?? [], {
    targetDir: required(values["target-dir"], "--target-dir"),
    fetchTarget: async (location, maxBytes) => {
      const relative = location.split("/").map(encodeURIComponent).join("/");
      const bytes = await get(http, targets, relative, maxBytes);
      if (bytes !== undefined) return bytes;
      throw new VouchsafeError("repository.missing", `The repository has no ${location}.`);
    },
  });
}

const http = createHttp({
  userAgent: "vouchsafe-conformance",
  timeouts: { connectMs: 10_000, idleMs: 10_000 },
  redirects: "same-origin",
});
try {
  await run(process.argv.slice(2), http);
} catch (error) {
  const { code, message } = toVouchsafeError(error);
  process.stderr.write(`client: ${code}: ${message}\n`);
  process.exitCode = 1;
} finally {
  http.close();
}
