/** Enrols this endpoint with a console: challenge, proof, and the link that is kept. */
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { makeDirDurable } from "../../host/directories.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import {
  isEnrolmentToken,
  makeEnrolment,
  parseChallenge,
  parseEnrolmentAnswer,
} from "../../protocol/report/enrolment.ts";
import type { AgentId } from "../../protocol/report/identity.ts";
import type { ConsoleAnswer, ConsoleHttp } from "./console-http.ts";
import { consoleOrigin, writeConsoleLink } from "./console-link.ts";
import { ensureIdentity, type Random } from "./identity.ts";
import { isProblem, problemSentence } from "./problem.ts";

/** What enrolling needs of the world. */
export interface EnrollContext {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly http: ConsoleHttp;
  /** The agent's state folder; `keys` below it is made if it is missing. */
  readonly stateDir: string;
}

/** What came of it. */
export interface Enrolled {
  readonly agent: AgentId;
  readonly origin: string;
  /** The console knew this key already, from an attempt whose answer was lost. */
  readonly already: boolean;
}

function refused(answer: ConsoleAnswer): VouchsafeError {
  const code = answer.status >= 500 || answer.status === 429 ? "transfer.status" : "enrol.refused";
  return new VouchsafeError(code, `The console refuses: ${problemSentence(answer)}`, {
    details: { status: answer.status },
  });
}

/**
 * Enrols with the console at `url`. Safe to repeat: the key is made once, and a token that this
 * key has spent is taken again from it.
 *
 * @param token the one-time token, as the console's operator handed it out
 * @throws VouchsafeError `usage.input` for a bad address or token, `enrol.refused`, `transfer.*`,
 *   `disk.*`
 */
export async function enroll(
  context: EnrollContext,
  { url, token }: { readonly url: string; readonly token: string },
): Promise<Enrolled> {
  const origin = consoleOrigin(url);
  const trimmed = token.trim();
  if (!isEnrolmentToken(trimmed)) {
    throw new VouchsafeError("usage.input", "The token does not have the form of one (vst_…).");
  }
  const keysDir = join(context.stateDir, "keys");
  await makeDirDurable(context.fs, keysDir, 0o700);
  const identity = await ensureIdentity(context.fs, keysDir, context.random);

  const post = (path: string, body: object): Promise<ConsoleAnswer> =>
    context.http({
      method: "POST",
      url: new URL(path, origin).href,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(body)),
    });
  const challenged = await post("/v1/enrolments/challenge", { format: 1 });
  if (challenged.status !== 200) throw refused(challenged);
  const { nonce } = parseChallenge(challenged.body);
  const publicKey = Buffer.from(identity.publicKey).toString("hex");
  const parts = { nonce, origin, publicKey, token: trimmed };
  const answered = await post("/v1/enrolments", makeEnrolment(parts, identity.seed));

  // The proof showed the key, so this is the console's word on this very agent.
  const already = answered.status === 409 && isProblem(answered, "already-enrolled");
  if (!already) {
    if (answered.status !== 200 && answered.status !== 201) throw refused(answered);
    if (parseEnrolmentAnswer(answered.body).agent !== identity.id) {
      throw new VouchsafeError("enrol.refused", "The console answers with another agent's id.");
    }
  }
  const enrolledAt = context.clock.now().toISOString();
  await writeConsoleLink(context.fs, keysDir, { origin, agent: identity.id, enrolledAt });
  return { agent: identity.id, origin, already: already || answered.status === 200 };
}
