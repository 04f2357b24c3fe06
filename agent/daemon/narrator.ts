/**
 * What the log tells of the service's children (design.md, Places): nothing of a check that finds
 * nothing, one line at the start and one at the end of an update, and failures when they change.
 */
import type { Log, LogFields, LogLevel } from "../../host/log.ts";
import { isArray, isObject, type JsonObject, type JsonValue, own } from "../../protocol/json.ts";
import { judgeFailure, type ToldFailure } from "./noise-filter.ts";

/** How one database, or the whole check (`database` null), ended. */
export interface Finding {
  readonly database: string | null;
  readonly result: string;
  readonly fields: LogFields;
  readonly error?: { readonly code: string; readonly class: string; readonly message: string };
}

const text = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");

function errorOf(object: JsonObject): Finding["error"] {
  const error = own(object, "error");
  if (!isObject(error)) return undefined;
  const at = (key: string): string => text(own(error, key));
  return { code: at("code"), class: at("class"), message: at("message") };
}

function labelOf(value: JsonValue | undefined): string | undefined {
  return isObject(value) ? text(own(value, "label")) : undefined;
}

function findingOf(object: JsonObject, database: string | null): Finding {
  const error = errorOf(object);
  const amounts = ["bytes", "seconds"].map((key) => [key, own(object, key)] as const);
  const fields = Object.fromEntries(
    [["from", labelOf(own(object, "from"))], ["to", labelOf(own(object, "to"))], ...amounts].filter(
      ([, value]) => value !== undefined,
    ),
  );
  const result = text(own(object, "result"));
  return { database, result, fields, ...(error === undefined ? {} : { error }) };
}

/** The error that kept all databases from being looked at, if one did. */
function commonFailure(each: readonly Finding[]): Finding | undefined {
  const [first] = each;
  if (first?.error === undefined) return undefined;
  const { code, message } = first.error;
  const same = each.every(({ error }) => error?.code === code && error.message === message);
  return same
    ? { database: null, result: first.result, fields: {}, error: first.error }
    : undefined;
}

/** What an outcome document says, database by database and of the whole (last); pure. */
export function findingsOf(document: JsonObject): readonly Finding[] {
  const databases = own(document, "databases");
  const each = (isArray(databases) ? databases : [])
    .filter(isObject)
    .map((object) => findingOf(object, text(own(object, "name"))));
  if (each.length === 0) return [findingOf(document, null)];
  const common = commonFailure(each);
  if (common !== undefined && each.length > 1) return [common];
  return [...each, { database: null, result: "", fields: {} }];
}

/** What makes two failures the same: numbers in a message do not count. */
export function signatureOf({ result, error }: Finding): string | undefined {
  if (error === undefined) return undefined;
  return `${result} ${error.code} ${error.message.replaceAll(/\d+/g, "#")}`;
}

const quietClasses: Readonly<Record<string, LogLevel>> = {
  policy: "info",
  retryable: "warn",
  permanent: "warn",
  busy: "warn",
};

/** Tells the log what children do. */
export interface Narrator {
  /** An event of a running child. */
  event(event: JsonObject): void;
  /** The document of a child that has ended. */
  outcome(document: JsonObject): void;
  /** The databases whose update has begun and not ended. */
  updating(): readonly string[];
}

/** @param monotonicMs milliseconds since an arbitrary moment */
export function makeNarrator(log: () => Log, monotonicMs: () => number): Narrator {
  const told = new Map<string | null, ToldFailure>();
  let started = new Set<string>();

  function tellFailure(finding: Finding): void {
    const { database, error } = finding;
    const signature = signatureOf(finding);
    const verdict = judgeFailure(told.get(database), signature, monotonicMs());
    if (verdict.told === undefined) told.delete(database);
    else told.set(database, verdict.told);
    const subject = database === null ? {} : { database };
    if (verdict.say === "over") log().info("works again", subject);
    if (error === undefined || verdict.say === "nothing" || verdict.say === "over") return;
    const level = quietClasses[error.class] ?? "error";
    const again = verdict.say === "still" ? { again: verdict.silent + 1 } : {};
    const what = database === null ? "check failed" : finding.result;
    log()[level](what, { ...subject, code: error.code, reason: error.message, ...again });
  }

  return {
    event(event) {
      const kind = own(event, "event");
      if (kind === "log") {
        const level = own(event, "level");
        const fields = own(event, "fields");
        // What a child calls information is told here in the service's own measured words.
        const quiet = level === "debug" || level === "info";
        const write = quiet ? "debug" : level === "warn" ? "warn" : "error";
        log()[write](text(own(event, "message")), isObject(fields) ? fields : {});
      }
      const database = text(own(event, "database"));
      if (kind !== "progress" || own(event, "step") !== "fetching" || started.has(database)) return;
      started.add(database);
      log().info("update started", { database });
    },
    updating: () => [...started],
    outcome(document) {
      const running = started;
      started = new Set();
      for (const finding of findingsOf(document)) {
        const { database, result, fields } = finding;
        const ended = database !== null && (running.has(database) || result === "updated");
        if (ended) log().info("update ended", { database, result, ...fields });
        tellFailure(finding);
      }
    },
  };
}
