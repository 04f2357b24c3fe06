/** From a command line to an exit code and what is printed. */
import { describe, expect, test } from "vitest";
import { interruption } from "../../../../host/cli/interruption.ts";
import { main } from "../../../../host/cli/main.ts";
import type { CliIo, Program, RunVerb } from "../../../../host/cli/types.ts";
import { VouchsafeError } from "../../../../protocol/errors.ts";
import { memoryIo, sampleProgram } from "./sample.ts";

async function call(line: string, run?: RunVerb, changes: Partial<CliIo> = {}, program?: Program) {
  const { io, out, err } = memoryIo(changes);
  const words = line === "" ? [] : line.split(" ");
  const code = await main(program ?? sampleProgram(run), words, io);
  return { code, out: out(), err: err() };
}

const fails: RunVerb = async () => {
  throw new VouchsafeError("trust.signature", "Two of three signatures are missing.");
};

describe("a verb", () => {
  test("gets its options and says its exit code", async () => {
    const result = await call("update --only a --now x", async ({ options, positionals, out }) => {
      out.line(`${options.list("only").join()} ${options.flag("now")} ${positionals.join()}`);
      out.note("a remark");
      out.detail("not shown");
      return 8;
    });
    expect(result).toEqual({ code: 8, out: "a true x\n", err: "a remark\n" });
  });

  test("that asks for an option it does not list is at fault", async () => {
    const result = await call("update", async ({ options }) => (options.flag("forse") ? 0 : 1));
    expect(result).toMatchObject({ code: 1, err: expect.stringContaining("--forse") });
  });

  test("that needs an option which was not given is a usage error", async () => {
    const result = await call("update", async ({ options }) => options.need("reason").length);
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining("--reason is missing") });
  });

  test("is loaded only when it is called", async () => {
    let loaded = false;
    const program: Program = {
      ...sampleProgram(),
      verbs: [
        {
          name: "lazy",
          summary: "Loads",
          positionals: [],
          options: {},
          load: async () => {
            loaded = true;
            return { run: async () => 0 };
          },
        },
      ],
    };
    await call("--help", undefined, {}, program);
    expect(loaded).toBe(false);
    await call("lazy", undefined, {}, program);
    expect(loaded).toBe(true);
  });
});

describe("with --quiet and --verbose", () => {
  const talks: RunVerb = async ({ out }) => {
    out.line("result");
    out.note("note");
    out.detail("detail");
    out.warn("warning");
    return 0;
  };

  test("quiet leaves only warnings", async () => {
    expect(await call("update --quiet", talks)).toEqual({
      code: 0,
      out: "",
      err: "sample: warning: warning\n",
    });
  });

  test("verbose tells details", async () => {
    expect((await call("update --verbose", talks)).err).toContain("detail\n");
  });

  test("an error shows where it comes from only with --verbose", async () => {
    expect((await call("update", fails)).err).not.toContain("    at ");
    expect((await call("update --verbose", fails)).err).toContain("    at ");
  });
});

describe("an error", () => {
  test("is one sentence and what to do, on standard error", async () => {
    const { code, out, err } = await call("update", fails);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(/^sample: Two of three signatures are missing\.\n {2}what to do: .+\n$/);
  });

  test("cannot steer the terminal", async () => {
    const { err } = await call("update", async () => {
      throw new VouchsafeError("transfer.status", "The server says \u001b[2J.");
    });
    expect(err).toContain("says ?[2J.");
  });

  test("that nobody expected ends with 1", async () => {
    const result = await call("update", async () => {
      throw new TypeError("x is not a function");
    });
    expect(result).toMatchObject({ code: 1, err: expect.stringContaining("x is not a function") });
  });

  test("after an interruption ends with 130 or 143", async () => {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const controller = new AbortController();
      const waits: RunVerb = async (context) => {
        controller.abort(interruption(signal));
        context.signal.throwIfAborted();
        return 0;
      };
      expect(await call("update", waits, { signal: controller.signal })).toMatchObject({ code });
    }
  });
});

describe("with --json there is exactly one document", () => {
  const parsed = async (line: string, run?: RunVerb) => {
    const { code, out, err } = await call(line, run);
    const document: unknown = JSON.parse(out);
    return { code, document, err };
  };

  test("the verb's own", async () => {
    const result = await parsed("update --json", async ({ out }) => {
      out.line("not shown");
      out.json({ result: "current" });
      return 0;
    });
    expect(result).toEqual({ code: 0, document: { result: "current" }, err: "" });
  });

  test("one for a verb that has none", async () => {
    expect(await parsed("update --json")).toMatchObject({ document: { result: "done" } });
    const failed = await parsed("update --json", async () => 8);
    expect(failed).toMatchObject({ code: 8, document: { result: "failed" } });
  });

  test("the error's", async () => {
    const { code, document, err } = await parsed("update --json", fails);
    expect([code, err]).toEqual([3, ""]);
    expect(document).toEqual({
      result: "failed",
      error: {
        code: "trust.signature",
        class: "trust",
        message: "Two of three signatures are missing.",
        advice: expect.any(String),
      },
    });
  });

  test("the verb's document for errors, if it has one", async () => {
    const failure = () => ({ result: "refused" });
    const verb = { name: "no", summary: "Refuses", positionals: [], options: {} };
    const program = { ...sampleProgram(), verbs: [{ ...verb, run: fails, failure }] };
    const result = await call("no --json", undefined, {}, program);
    expect(JSON.parse(result.out)).toEqual({ result: "refused" });
  });

  test("the one that was printed when the error came later; the error is not lost", async () => {
    const { code, document, err } = await parsed("update --json", async ({ out }) => {
      out.json({ result: "running" });
      throw new VouchsafeError("disk.full", "The disk is full.");
    });
    expect([code, document]).toEqual([5, { result: "running" }]);
    expect(err).toContain("The disk is full.");
  });

  test("and a second one is a fault", async () => {
    const { code, document } = await parsed("update --json", async ({ out }) => {
      out.json({ result: "one" });
      out.json({ result: "two" });
      return 0;
    });
    expect([code, document]).toEqual([1, { result: "one" }]);
  });

  test.each(["--json", "updaet --json", "update --json --nwo", "--json update --reason"])(
    "also for the usage error %j",
    async (line) => {
      expect(await parsed(line)).toMatchObject({
        code: 2,
        document: { result: "failed", error: { code: "usage.arguments" } },
        err: "",
      });
    },
  );

  test.each(["--help --json", "help update --json", "--version --json"])(
    "also for %j",
    async (line) => {
      expect(await parsed(line)).toMatchObject({ code: 0, err: "" });
    },
  );
});

test("the version is one line", async () => {
  expect(await call("--version")).toMatchObject({ out: "sample 1.2.3 (abc, node 24.0.0)\n" });
});
