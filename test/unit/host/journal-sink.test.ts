/** Entries go to the journal with fields, and as lines when that does not work: none is lost. */
import { describe, expect, test } from "vitest";
import { type JournalTool, journalSink, type Sent } from "../../../host/log/journal.ts";

const source = { identifier: "x", pid: 1, messageIds: {} };
const textOf = (entry: string): string => /^MESSAGE=(.*)$/m.exec(entry)?.[1] ?? "";

/** A journal that answers as the test says, and the lines beside it. */
function sinkWith(answer: (entry: string) => Sent | Promise<Sent>) {
  const sent: string[] = [];
  const lines: string[] = [];
  const send: JournalTool["send"] = async (entry) => {
    const result = await answer(entry);
    if (result === "taken") sent.push(textOf(entry));
    return result;
  };
  const sink = journalSink(
    { ...source, tool: { send, end: async () => undefined } },
    {
      write: (level, message) => void lines.push(`${level} ${message}`),
      close: async () => undefined,
    },
  );
  const info = (message: string): void => sink.write("info", message, {});
  return { sink, info, sent, lines };
}

describe("the journal", () => {
  test("gets entries in their order, one at a time", async () => {
    let at = 0;
    const { sink, info, sent, lines } = sinkWith(async (): Promise<Sent> => {
      at += 1;
      expect(at).toBe(1);
      await Promise.resolve();
      at -= 1;
      return "taken";
    });
    for (const message of ["a", "b", "c"]) info(message);
    await sink.close();
    expect({ sent, lines }).toEqual({ sent: ["a", "b", "c"], lines: [] });
  });

  test("gets what is of use to many; what debugs goes as a line", async () => {
    const { sink, sent, lines } = sinkWith(() => "taken");
    sink.write("debug", "a", {});
    sink.write("warn", "b", {});
    await sink.close();
    expect({ sent, lines }).toEqual({ sent: ["b"], lines: ["debug a"] });
  });
});

describe("an entry becomes a line", () => {
  test("when the tool does not work, and then all that follow do, without asking it again", async () => {
    let asked = 0;
    const { sink, info, sent, lines } = sinkWith(() => {
      asked += 1;
      return "broken";
    });
    info("a");
    info("b");
    await expect.poll(() => lines).toEqual(["info a", "info b"]);
    info("c");
    await sink.close();
    expect({ asked, sent, lines }).toEqual({
      asked: 1,
      sent: [],
      lines: ["info a", "info b", "info c"],
    });
  });

  test("when too many were sent, and later ones are sent again", async () => {
    const answers: Sent[] = ["taken", "busy", "taken"];
    const { sink, info, sent, lines } = sinkWith(() => answers.shift() ?? "taken");
    for (const message of ["a", "b", "c"]) info(message);
    await sink.close();
    expect({ sent, lines }).toEqual({ sent: ["a", "c"], lines: ["info b"] });
  });

  test("when too many wait", async () => {
    const { promise, resolve } = Promise.withResolvers<Sent>();
    const { sink, info, sent, lines } = sinkWith(() => promise);
    for (let count = 0; count < 60; count += 1) info(String(count));
    expect(lines).toHaveLength(10);
    resolve("taken");
    await sink.close();
    expect(sent.length + lines.length).toBe(60);
  });

  test("at the end, when the journal takes nothing: closing does not wait for ever", async () => {
    const { sink, info, lines } = sinkWith(() => new Promise(() => undefined));
    info("a");
    info("b");
    await sink.close();
    expect(lines).toEqual(["info a", "info b"]);
  });
});
