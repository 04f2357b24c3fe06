import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { consoleHttp, createConsoleClient } from "../../../agent/report/console-http.ts";
import { enroll } from "../../../agent/report/enroll.ts";
import { startConsole } from "../../../console/serve.ts";
import { closeStore, openStore } from "../../../console/store/open-store.ts";
import { newToken } from "../../../console/store/tokens.ts";
import { systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { silentLog } from "../../../host/log.ts";

const run = promisify(execFile);

test("over TLS with a private authority an agent enrols, and a client without it does not", async () => {
  const dir = await mkdtemp(join(tmpdir(), "vouchsafe-tls-"));
  try {
    const keyFile = join(dir, "key.pem");
    const certFile = join(dir, "cert.pem");
    const options =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 " +
      "-subj /CN=localhost -addext subjectAltName=DNS:localhost";
    await run("openssl", [...options.split(" "), "-keyout", keyFile, "-out", certFile]);
    const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile)]);
    const dataDir = join(dir, "console");
    const running = await startConsole({
      dataDir,
      listen: { host: "127.0.0.1", port: 0, tls: { cert, key } },
      behindProxy: false,
      web: undefined,
      clock: systemClock,
      log: silentLog,
    });
    const store = await openStore(dataDir, systemClock);
    const made = { now: new Date(), lifetimeMs: 60_000, random: randomBytes };
    const { token } = await newToken(store, made);
    await closeStore(store);
    const url = `https://localhost:${new URL(running.url).port}`;
    const agent = {
      fs: nodeFileSystem,
      clock: systemClock,
      random: randomBytes,
      stateDir: join(dir, "agent"),
    };

    const plain = createConsoleClient({ userAgent: "test" });
    const refused = enroll({ ...agent, http: consoleHttp(plain) }, { url, token });
    await expect(refused).rejects.toMatchObject({ code: "transfer.tls" });
    plain.close();

    const client = createConsoleClient({ userAgent: "test", tls: { ca: cert.toString() } });
    const enrolled = await enroll({ ...agent, http: consoleHttp(client) }, { url, token });
    expect(enrolled).toMatchObject({ origin: url, already: false });
    client.close();
    await running.close();
  } finally {
    await rm(dir, { recursive: true });
  }
});
