/**
 * What agent.yaml says of a database's consumer and guards: the schemas, and the way from what was
 * written to what the other rooms use (types.ts).
 */
import {
  _default,
  array,
  type core,
  describe,
  discriminatedUnion,
  literal,
  maximum,
  maxLength,
  minimum,
  minLength,
  number,
  enum as oneOf,
  optional,
  prefault,
  refine,
  strictObject,
  string,
} from "zod/mini";
import { durationField, sizeField } from "../../host/config/fields.ts";
import {
  absolutePath,
  argv,
  clamdAddress,
  clamdAddressOf,
  databasePath,
  userName,
} from "./fields.ts";
import type { ConsumerConfig, GuardsConfig } from "./types.ts";

const maxFiles = 100;

const noConsumer = strictObject({ type: literal("none") });

const commandConsumer = strictObject({
  type: literal("command"),
  trial: optional(argv).check(
    describe("Tests the staged generation before the switch; an exit code other than 0 refuses it"),
  ),
  reload: optional(argv).check(
    describe("Run after the switch: makes the consumer load the new generation"),
  ),
  confirm: optional(argv).check(
    describe("Run after the reload: proves that the consumer uses it; else the agent goes back"),
  ),
  timeout: prefault(durationField({ min: "1s", max: "1h" }), "2m").check(
    describe("Time that each of the programs may take"),
  ),
  user: optional(userName).check(
    describe(
      "User that the programs run as, in place of the agent's own; needs a drop-in for the service, which `config check` shows",
    ),
  ),
});

const wait = prefault(durationField({ min: "1s", max: "1h" }), "2m").check(
  describe("How long the consumer may take to load the release; then the agent goes back"),
);

const trialLimits = {
  timeout: prefault(durationField({ min: "1s", max: "1h" }), "5m").check(
    describe("Time that the trial may take"),
  ),
  memory: prefault(sizeField({ min: "64MiB", max: "1TiB" }), "4GiB").check(
    describe("Address space that the trial may take, where the machine has `prlimit`"),
  ),
};

const samplePaths = _default(array(absolutePath).check(maxLength(maxFiles)), []);

const clamavConsumer = strictObject({
  type: literal("clamav"),
  clamd: _default(clamdAddress, "/run/clamav/clamd.ctl").check(
    describe("Socket of clamd: a path, or a port of this machine such as `127.0.0.1:3310`"),
  ),
  clamscan: _default(absolutePath, "/usr/bin/clamscan").check(
    describe("The program that tries the staged generation"),
  ),
  wait,
  ...trialLimits,
  samples: prefault(
    strictObject({
      infected: samplePaths.check(describe("Files in which the release must find something")),
      clean: samplePaths.check(describe("Files in which it must find nothing")),
    }),
    {},
  ).check(describe("Files of yours that the trial scans")),
});

const suricataConsumer = strictObject({
  type: literal("suricata"),
  socket: _default(absolutePath, "/run/suricata-command.socket").check(
    describe("Suricata's unix command socket"),
  ),
  config: _default(absolutePath, "/etc/suricata/suricata.yaml").check(
    describe("Suricata's configuration, with which the trial loads the staged `*.rules`"),
  ),
  suricata: _default(absolutePath, "/usr/bin/suricata").check(
    describe("The program that tries the staged generation"),
  ),
  wait,
  ...trialLimits,
});

export const anyConsumer = discriminatedUnion(
  "type",
  [noConsumer, commandConsumer, clamavConsumer, suricataConsumer],
  {
    error: (issue) =>
      issue.code === "invalid_union" ? "must be none, command, clamav or suricata" : undefined,
  },
);

const recordGuard = strictObject({
  files: string()
    .check(minLength(1), maxLength(200))
    .check(describe("Pattern of files, such as `*.csv`; `*` does not match a slash")),
  count: _default(oneOf(["lines", "bytes"]), "lines").check(
    describe("What a record is: a line that is neither empty nor a comment, or a byte"),
  ),
  comment: optional(string().check(minLength(1), maxLength(8))).check(
    describe("What a line begins with that is no record, such as `#`"),
  ),
  maxFall: number()
    .check(minimum(0), maximum(100))
    .check(describe("By how many percent the count may fall below that of the current generation")),
});

const sizeBound = sizeField({ min: "0", max: "1TiB" });

/** What must hold of every release of a database, whatever its consumer. */
export const anyGuards = strictObject({
  mustExist: _default(array(databasePath).check(maxLength(maxFiles)), []).check(
    describe("Files that every release must have"),
  ),
  minSize: optional(sizeBound).check(describe("Least size of all files together")),
  maxSize: optional(sizeBound).check(describe("Greatest size of all files together")),
  records: _default(array(recordGuard).check(maxLength(maxFiles)), []).check(
    describe("Counts that must not fall too far from one generation to the next"),
  ),
}).check(
  refine(({ minSize = 0, maxSize }) => maxSize === undefined || minSize <= maxSize, {
    error: "must not be less than minSize",
    path: ["maxSize"],
  }),
);

/** A consumer as it was checked, in the form that the other rooms use. */
export function consumerOf(raw: core.output<typeof anyConsumer>): ConsumerConfig {
  switch (raw.type) {
    case "none":
      return raw;
    case "command": {
      const { type, trial, reload, confirm, timeout, user } = raw;
      return {
        type,
        ...(trial === undefined ? {} : { trial }),
        ...(reload === undefined ? {} : { reload }),
        ...(confirm === undefined ? {} : { confirm }),
        timeoutMs: timeout,
        ...(user === undefined ? {} : { user }),
      };
    }
    case "clamav": {
      const { clamd, wait: waitMs, timeout: timeoutMs, memory: memoryBytes, ...rest } = raw;
      return { ...rest, clamd: clamdAddressOf(clamd), waitMs, timeoutMs, memoryBytes };
    }
    case "suricata": {
      const { wait: waitMs, timeout: timeoutMs, memory: memoryBytes, ...rest } = raw;
      return { ...rest, waitMs, timeoutMs, memoryBytes };
    }
  }
}

/** Guards as they were checked, in the form that the other rooms use. */
export function guardsOf(raw: core.output<typeof anyGuards>): GuardsConfig {
  const { mustExist, minSize, maxSize, records } = raw;
  return {
    mustExist,
    ...(minSize === undefined ? {} : { minBytes: minSize }),
    ...(maxSize === undefined ? {} : { maxBytes: maxSize }),
    records: records.map(({ comment, ...guard }) =>
      comment === undefined ? guard : { ...guard, comment },
    ),
  };
}
