/**
 * The schema of agent.yaml (design.md, Agent configuration): only keys that do something. The
 * descriptions become docs/config.md and the JSON Schema. Schemas are built with zod/mini and
 * named imports, because a bundle then carries a twentieth of the library and starts faster.
 */
import {
  _default,
  boolean,
  describe,
  int,
  maximum,
  minimum,
  enum as oneOf,
  optional,
  prefault,
  record,
  refine,
  strictObject,
  string,
  superRefine,
  union,
} from "zod/mini";
import { durationField, rateField, sizeField } from "../../host/config/fields.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import { checkDatabaseName } from "../../protocol/release/names.ts";
import { anyConsumer, anyGuards } from "./consumers.ts";
import type { DefaultPlaces } from "./defaults.ts";
import { absolutePath, consoleUrl, mirrorList, repositoryUrl } from "./fields.ts";
import { credentialsField, proxyField, strayOrigin } from "./network.ts";
import { policyField, selfCheckField, windowField } from "./policy.ts";
import { originWithinField, relayAtOrigin, relayField, relaysField } from "./relay.ts";

const maxDatabases = 256;

const database = strictObject({
  consumer: prefault(anyConsumer, {
    type: "none",
  }).check(
    describe(
      "What uses the database: `none`, `clamav`, `suricata`, or the operator's programs (`command`)",
    ),
  ),
  guards: optional(anyGuards).check(
    describe("What must hold of a release before its consumer is asked"),
  ),
  keep: _default(int().check(minimum(2), maximum(50)), 2).check(
    describe("Generations kept on disk, the current one among them"),
  ),
  window: optional(windowField).check(
    describe("When scheduled checks may change this database, in place of `schedule.window`"),
  ),
});

const sentence = (error: unknown): string => toVouchsafeError(error).message.replace(/\.$/, "");

/** Each name must be one that a repository may use. */
const databases = record(string(), database).check(
  superRefine((named, context) => {
    const names = Object.keys(named);
    if (names.length === 0 || names.length > maxDatabases) {
      context.addIssue({ code: "custom", message: `must name 1 to ${maxDatabases} databases` });
    }
    for (const name of names) {
      try {
        checkDatabaseName(name);
      } catch (error) {
        context.addIssue({ code: "custom", path: [name], message: sentence(error) });
      }
    }
  }),
  describe("The databases to install, by name"),
);

const schedule = strictObject({
  every: optional(durationField({ min: "1m", max: "7d" })).check(
    describe(
      "How often to check, in whole minutes (1h if there is no `cron`); where within the interval follows from the agent's identity, so that a fleet spreads",
    ),
  ),
  cron: optional(string()).check(
    describe("When to check instead: minute hour day month weekday, in UTC"),
  ),
  jitter: prefault(durationField({ min: "0", max: "1h" }), "30s").check(
    describe("Longest random delay before the service's first check and before each by `cron`"),
  ),
  window: optional(windowField).check(
    describe("When scheduled checks may change a database; outside it they only look"),
  ),
}).check(
  refine(({ every, cron }) => every === undefined || cron === undefined, {
    error: 'has both "every" and "cron"; keep one',
  }),
  refine(({ every }) => every === undefined || every % 60_000 === 0, {
    error: "must be whole minutes",
    path: ["every"],
  }),
);

const imports = strictObject({
  maxAge: prefault(durationField({ min: "1h", max: "90d" }), "7d").check(
    describe("How old a bundle may be, by its signed time, once its timestamp has expired"),
  ),
});

const transfer = strictObject({
  proxy: _default(proxyField, "env").check(
    describe(
      "`env`: HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment count; `none`; or the proxy",
    ),
  ),
  connectTimeout: prefault(durationField({ min: "1s", max: "5m" }), "10s").check(
    describe("Longest wait for each of name lookup, connection and TLS handshake"),
  ),
  idleTimeout: prefault(durationField({ min: "1s", max: "10m" }), "30s").check(
    describe("Longest silence of a server; there is no limit on the whole of a download"),
  ),
  minRate: prefault(rateField({ min: "0B/s", max: "1GB/s" }), "1kB/s").check(
    describe(
      "Least that a mirror must send over a minute; the next one goes on where a slower one was",
    ),
  ),
  maxRate: optional(rateField({ min: "1kB/s", max: "10GB/s" })).check(
    describe("Most that all downloads together may take; no limit if absent"),
  ),
  ca: optional(absolutePath).check(
    describe("PEM file of authorities trusted for mirrors besides the system's"),
  ),
});

const consoleLink = strictObject({
  url: consoleUrl.check(
    describe("The console to report to once enrolled; no report goes to any other"),
  ),
  privacy: prefault(
    strictObject({
      hostname: _default(oneOf(["plain", "hash"]), "plain").check(
        describe("Tell the host's name as it is, or a pseudonym that only this agent can make"),
      ),
    }),
    {},
  ).check(describe("What reports keep back")),
  ca: optional(absolutePath).check(
    describe("PEM file of authorities trusted for the console besides the system's"),
  ),
  tokenFile: optional(absolutePath).check(
    describe(
      "File with a one-time token: until this machine is enrolled, each run enrols with it; then the file is removed, where the agent may",
    ),
  ),
});

const metrics = strictObject({
  textfile: absolutePath.check(
    refine((path) => path.endsWith(".prom"), { error: 'must end in ".prom"' }),
    describe("File for node_exporter's textfile collector, written anew after each run"),
  ),
});

const logFile = strictObject({
  file: absolutePath.check(describe("Path of the log file")),
  maxSize: prefault(sizeField({ min: "64KiB", max: "1GiB" }), "10MB").check(
    describe("Size at which a new file is begun"),
  ),
  maxFiles: _default(int().check(minimum(1), maximum(100)), 5).check(describe("Files kept")),
});

const logTarget = union([oneOf(["journal", "stderr"]), logFile], {
  error: "must be journal, stderr, or a map with the key file",
});

const log = strictObject({
  level: _default(oneOf(["debug", "info", "warn", "error"]), "info").check(
    describe("The least important level that is written"),
  ),
  target: _default(logTarget, "journal").check(
    describe("`journal` (standard error with priorities), `stderr`, or a file that is rotated"),
  ),
});

/** The schema of agent.yaml for a platform's places. */
export const agentSchema = (places: DefaultPlaces) =>
  strictObject({
    repository: strictObject({
      url: union([repositoryUrl, mirrorList], {
        error: "must be an http or https address, or a list",
      }).check(describe("Base address of the repository, or a list of mirrors")),
      relays: _default(relaysField, []).check(
        describe("Base addresses of neighbours that run `agent serve`; asked before the mirrors"),
      ),
      originWithin: originWithinField.check(
        describe(
          "How often a mirror that is no relay must answer for the timestamp; else that is told",
        ),
      ),
      root: _default(absolutePath, places.root).check(
        describe("The vendor's bootstrap root, got by a second channel"),
      ),
      plain: _default(boolean(), false).check(
        describe("Take releases of a TUF repository that Vouchsafe's publisher did not make"),
      ),
      credentials: _default(credentialsField, {}).check(
        describe("By scheme, host and port of a mirror: what it asks for before it serves data"),
      ),
    }).check(
      superRefine(({ url, relays, credentials }, context) => {
        const stray = strayOrigin([url, relays].flat(), credentials);
        if (stray !== undefined) {
          const message = "is no mirror of `url` and none of `relays`";
          context.addIssue({ code: "custom", path: ["credentials", stray], message });
        }
        const shared = relayAtOrigin([url].flat(), relays);
        if (shared === undefined) return;
        const message = "has scheme, host and port of a mirror, and would get its credentials";
        context.addIssue({ code: "custom", path: ["relays", shared], message });
      }),
      describe("Where releases come from, and whom to trust for them"),
    ),
    databases,
    schedule: prefault(schedule, {}).check(describe("When the service checks by itself")),
    policy: prefault(policyField, {}).check(
      describe("Your own word on new releases; nothing that the vendor signs overrides it"),
    ),
    selfCheck: prefault(selfCheckField, {}).check(
      describe("Comparison of installed files with what was signed, as a part of scheduled checks"),
    ),
    import: prefault(imports, {}).check(describe("What `agent import` takes")),
    transfer: prefault(transfer, {}).check(describe("How files are fetched")),
    relay: optional(relayField).check(
      describe("What `agent serve` hands to neighbours, and to whom (docs/relay.md)"),
    ),
    console: optional(consoleLink).check(describe("Whom to tell the state of this machine")),
    metrics: optional(metrics).check(describe("Numbers for monitoring (docs/monitoring.md)")),
    state: _default(absolutePath, places.state).check(
      describe("The state folder; databases lie in `databases/NAME/current` below it"),
    ),
    socket: _default(
      absolutePath.check(
        refine((path) => Buffer.byteLength(path) <= 107, {
          error: "must be at most 107 bytes long",
        }),
      ),
      places.socket,
    ).check(describe("The service's control socket; only who may enter its folder can use it")),
    log: prefault(log, {}).check(describe("What the service writes, and where")),
  }).check(
    superRefine((config, context) => {
      const unknown = Object.keys(config.policy.pin).find((name) => !(name in config.databases));
      if (unknown === undefined) return;
      const message = "names no database of `databases`";
      context.addIssue({ code: "custom", path: ["policy", "pin", unknown], message });
    }),
  );

/** What the schema gives. */
export type AgentSchema = ReturnType<typeof agentSchema>;
