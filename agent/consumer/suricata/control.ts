/**
 * A small client of Suricata's unix command socket: lines of JSON, a handshake of versions first.
 * What it answers is read as hostile input.
 */
import { VouchsafeError } from "../../../protocol/errors.ts";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  own,
  parseJson,
} from "../../../protocol/json.ts";
import { converse, type Dialogue, type DialogueOptions } from "../dialogue.ts";

const newline = 0x0a;
const maxAnswerBytes = 1024 * 1024;
/** The version of the protocol in which answers end with a newline: Suricata 4.1 and later. */
const handshake = { version: "0.2" };

/** What Suricata answered to a command. */
export interface Answer {
  readonly ok: boolean;
  readonly message: JsonValue;
}

/** A session after its handshake. */
export interface Control {
  ask(command: string, parameters?: JsonObject): Promise<Answer>;
}

function parseAnswer(line: Buffer, who: string): Answer {
  try {
    const answer = parseJson(line, maxAnswerBytes);
    if (isObject(answer)) {
      return { ok: own(answer, "return") === "OK", message: own(answer, "message") ?? null };
    }
  } catch (cause) {
    const message = `${who} cannot be asked: its answer is not JSON.`;
    throw new VouchsafeError("consumer.unreachable", message, { cause });
  }
  throw new VouchsafeError("consumer.unreachable", `${who} cannot be asked: a strange answer.`);
}

async function exchange(dialogue: Dialogue, who: string, request: JsonObject): Promise<Answer> {
  dialogue.send(Buffer.from(`${JSON.stringify(request)}\n`));
  return parseAnswer(await dialogue.receive(newline, maxAnswerBytes), who);
}

/**
 * Holds a session.
 * @throws VouchsafeError `consumer.unreachable`; whatever `talk` throws; the signal's reason
 */
export function withControl<T>(
  socket: string,
  options: DialogueOptions,
  talk: (control: Control) => Promise<T>,
): Promise<T> {
  const { who } = options;
  return converse({ path: socket }, options, async (dialogue) => {
    const { ok } = await exchange(dialogue, who, handshake);
    if (!ok) {
      const message = `${who} cannot be asked: it speaks another version of the protocol.`;
      throw new VouchsafeError("consumer.unreachable", message);
    }
    return talk({
      ask: (command, parameters) =>
        exchange(dialogue, who, {
          command,
          ...(parameters === undefined ? {} : { arguments: parameters }),
        }),
    });
  });
}
