/** One database: recovered, planned, installed, and told as an outcome that never throws. */
import { type ErrorDocument, errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import type { UpdateResult } from "../../protocol/report/status-report.ts";
import { noPolicy } from "../policy/decide.ts";
import type { Deviation } from "../store/check-generation.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import type { TrustClient, TrustedRelease } from "../trust/types.ts";
import { recordOf } from "./commit.ts";
import { type Ending, install } from "./install.ts";
import { readInstalled } from "./installed.ts";
import type { Fault } from "./journal.ts";
import { type Installed, noPlan, type Plan, planDatabase, planDocument } from "./plan.ts";
import type { DatabaseRun } from "./run.ts";
import { keepStanding } from "./standing.ts";
import type { DatabaseOutcome, PlanDocument, UpdateContext, UpdateRequest } from "./types.ts";

/** What is known of a database before it is planned. */
export interface Findings {
  /** What recovery and the self-check told, in sentences. */
  readonly notes: readonly string[];
  /** Installed files that the self-check found changed. */
  readonly tampered: readonly Deviation[];
}

/** What becomes known on the way; told whatever happens. */
interface Told {
  from: ReleaseRef | null;
  to: ReleaseRef | null;
  bytes: number;
  plan: PlanDocument;
  tampered: readonly Deviation[];
  readonly notes: string[];
}

interface Ended {
  readonly result: UpdateResult;
  readonly error?: ErrorDocument;
}

function refOf({ version, label, digest }: TrustedRelease): ReleaseRef {
  return { version, label, digest };
}

/** How an error of a database is called in its outcome. */
export function resultOfError(error: ErrorDocument): UpdateResult {
  if (error.class === "trust") return "refused";
  return error.class === "policy" ? "held" : "failed";
}

function failed(error: unknown): Ended {
  const document = errorDocument(error);
  return { result: resultOfError(document), error: document };
}

function fromFault(result: UpdateResult, { code, message }: Fault): Ended {
  return { result, error: errorDocument(new VouchsafeError(code, message)) };
}

function endedBy(ending: Ending): Ended {
  switch (ending.kind) {
    case "committed":
      return { result: "updated" };
    case "reverted":
      return fromFault("reverted", ending.fault);
    case "rejected":
      return fromFault("refused", ending.fault);
    case "deferred": {
      const { code, message } = ending.fault;
      return failed(new VouchsafeError(code, message));
    }
    case "kept":
      return fromFault("failed", ending.fault);
  }
}

/** What the self-check found is not planned to be kept. */
function withSuspects(installed: Installed, tampered: readonly Deviation[]): Installed {
  const suspects = new Set([...installed.suspects, ...tampered.map(({ path }) => path)]);
  return { ...installed, suspects };
}

async function planFor(
  run: DatabaseRun,
  context: UpdateContext,
  trust: TrustClient,
  request: UpdateRequest,
  told: Told,
): Promise<{ plan: Plan; installed: Installed | undefined }> {
  const { installed: looked, disk } = await readInstalled(run);
  const installed = looked && withSuspects(looked, told.tampered);
  told.from = installed?.manifest.release ?? null;
  const release = await trust.release(run.database.name);
  told.to = refOf(release);
  const record = await recordOf(run);
  const signer = release.rollout === undefined ? undefined : await context.identity();
  const plan = planDatabase({
    release,
    installed,
    record,
    taken: new Set([...disk.folders, ...disk.manifests]),
    policy: run.database.policy ?? noPolicy,
    agent: signer?.agent ?? "",
    agentVersion: context.agentVersion,
    now: context.clock.now(),
    deltas: context.repository.withoutDeltas !== true,
    relays: context.repository.hasRelays?.() === true,
    skip: { window: request.now, rollout: request.force },
  });
  told.plan = planDocument(plan);
  if (!request.planOnly) {
    told.notes.push(...(await keepStanding(run, record, plan.action === "held", release)));
  }
  return { plan, installed };
}

/** Installed files that a look at them, or the self-check, found changed. */
function changedFiles(installed: Installed | undefined, told: Told): readonly Deviation[] {
  if (told.tampered.length > 0) return told.tampered;
  return [...(installed?.suspects ?? [])].map((path) => ({ path, problem: "changed" }) as const);
}

async function work(
  run: DatabaseRun,
  context: UpdateContext,
  trust: TrustClient,
  request: UpdateRequest,
  told: Told,
): Promise<Ended> {
  run.advance("checked");
  const { plan, installed } = await planFor(run, context, trust, request, told);
  if (plan.action === "none" || plan.action === "held") {
    run.advance("nothing-to-do");
    if (plan.action === "none") return { result: "current" };
    return failed(new VouchsafeError(plan.reasons[0].code, `${run.database.name}: ${plan.why}`));
  }
  if (plan.action === "repair") {
    told.to = refOf(plan.release);
    told.tampered = changedFiles(installed, told);
  }
  if (request.planOnly) {
    run.advance("nothing-to-do");
    return { result: "planned" };
  }
  const fields = { database: run.database.name, release: plan.release.version };
  context.log.info("An update begins", { ...fields, bytes: plan.fetchBytes });
  const ending = await install({
    run,
    repository: context.repository,
    partials: context.partials,
    plan,
    installed,
    onReceived: (count) => {
      told.bytes += count;
    },
    onNote: (note) => {
      told.notes.push(note);
      context.log.warn(note, fields);
    },
  });
  return endedBy(ending);
}

/**
 * Updates one database. The lock is held, recovery is done, and the repository was checked.
 *
 * @param run of the database, in state "checking"
 * @param findings what recovery and the self-check told
 * @throws only the signal's reason
 */
export async function updateDatabase(
  context: UpdateContext,
  run: DatabaseRun,
  trust: TrustClient,
  request: UpdateRequest,
  findings: Findings,
): Promise<DatabaseOutcome> {
  const { clock, signal } = context;
  const begun = clock.monotonicMs();
  const told = newTold(null, noPlan(""), findings);
  const { database } = run;
  let ended: Ended;
  try {
    ended = await work(run, context, trust, request, told);
    const isOver = ended.result !== "failed" && ended.result !== "held";
    if (isOver && !request.planOnly) await context.partials?.clear(database.name);
  } catch (error) {
    signal?.throwIfAborted();
    ended = failed(error);
    if (told.plan.why === "") told.plan = noPlan(ended.error?.message ?? "");
  }
  const seconds = (clock.monotonicMs() - begun) / 1000;
  const outcome = { ...outcomeFor(database.name, told, ended, seconds), ...onMirrors(context) };
  if (outcome.result !== "current" && outcome.result !== "planned") {
    context.log.info("An update ended", {
      database: database.name,
      result: outcome.result,
      release: told.to?.version,
      bytes: told.bytes,
      seconds,
      code: outcome.error?.code,
    });
  }
  return outcome;
}

/** What was found out about mirrors, which is told with the database that was at hand then. */
export function onMirrors({ repository, log }: UpdateContext): Pick<DatabaseOutcome, "mirrors"> {
  const mirrors = repository.takeNotes();
  for (const sentence of mirrors) log.warn(sentence);
  return mirrors.length === 0 ? {} : { mirrors };
}

function newTold(from: ReleaseRef | null, plan: PlanDocument, findings: Findings): Told {
  const { notes, tampered } = findings;
  return { from, to: null, bytes: 0, plan, tampered, notes: [...notes] };
}

/** Deviations that an outcome lists; the history and `verify` know all. */
const maxTampered = 20;

function outcomeFor(name: string, told: Told, ended: Ended, seconds: number): DatabaseOutcome {
  const { from, to, bytes, plan, notes, tampered } = told;
  return {
    name,
    result: ended.result,
    from,
    to,
    bytes,
    seconds: Math.round(seconds * 1000) / 1000,
    plan,
    ...(tampered.length === 0 ? {} : { tampered: tampered.slice(0, maxTampered) }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(ended.error === undefined ? {} : { error: ended.error }),
  };
}

/** The outcome of a database that could not be looked at: the check or recovery failed. */
export function unreachedOutcome(
  name: string,
  from: ReleaseRef | null,
  error: unknown,
  findings: Findings,
): DatabaseOutcome {
  const ended = failed(error);
  const plan = noPlan(ended.error?.message ?? "");
  return outcomeFor(name, newTold(from, plan, findings), ended, 0);
}
