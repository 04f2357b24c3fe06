/** Whether each mirror can be reached, and the step that fails where it cannot. */
import type { ProbeStep } from "../../../host/probe/probe.ts";
import { errorCodes } from "../../../protocol/error-codes.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";
import type { ServerFacts } from "../servers.ts";

const stepNames: Readonly<Record<ProbeStep, string>> = {
  name: "looking up its name",
  connection: "connecting",
  proxy: "the proxy's tunnel",
  tls: "the TLS handshake",
};

const stepAdvice: Readonly<Record<ProbeStep, string>> = {
  name: "Check the address in the configuration and this machine's DNS.",
  connection: "Check firewall and routing; behind a proxy set HTTPS_PROXY for the service.",
  proxy: "Check the proxy's address and credentials, and whether it lets this server through.",
  tls: "Name the authority that signed the certificate (`ca`), or correct the clock or the address.",
};

/** How a server is; `ca` is the key that names an authority for it. Pure. */
export function judgeServer({ url, probe, answer }: ServerFacts): Finding {
  if (!probe.ok) {
    const { step, error } = probe;
    const message = `${url} fails at ${stepNames[step]}: ${error.message}`;
    return failure(error.code, message, stepAdvice[step]);
  }
  if (answer?.ok === true) {
    const what = answer.status === 304 ? "unchanged since the last check" : "answers as it should";
    return ok(`${url} (${probe.address}): ${what}, in ${answer.tookMs} ms.`);
  }
  if (answer === undefined) return failure("transfer.unreachable", `${url} was not asked.`);
  const { code, message } = answer.error;
  return failure(code, `${url} fails at the request: ${message}`, errorCodes[code].advice);
}

/** One good mirror is enough: then the others' failures are warnings. Pure. */
export function judgeMirrors(servers: readonly ServerFacts[]): readonly Finding[] {
  const findings = servers.map(judgeServer);
  if (findings.every(({ severity }) => severity !== "ok")) return findings;
  return findings.map((finding) =>
    finding.severity === "failure" ? warning(finding.message, finding.advice) : finding,
  );
}

export const mirrorsCheck: Check = {
  id: "mirrors",
  title:
    "each mirror: name, connection, proxy, TLS, and the conditional request that a check begins with; a warning while another mirror works",
  run: async ({ mirrors }) => judgeMirrors(await mirrors()),
};

export const consoleCheck: Check = {
  id: "console",
  title: "the console: name, connection, proxy, TLS and a request",
  run: async (context) => {
    const server = await context.console();
    return server === undefined ? [ok("No console is configured.")] : [judgeServer(server)];
  },
};
