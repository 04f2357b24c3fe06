import { setFlagsFromString } from "node:v8";
import { expect, test, vi } from "vitest";
import { savingMemoryForWork } from "../../../agent/cli/small-heap.ts";
import type { MetadataAnswer } from "../../../agent/trust/types.ts";

vi.mock("node:v8", () => ({ setFlagsFromString: vi.fn() }));

const fetching = (answer: MetadataAnswer) =>
  savingMemoryForWork({ get: async () => answer }).get("metadata/timestamp.json", { maxBytes: 1 });

test("a check that finds nothing new leaves the compiler as it is", async () => {
  for (const status of ["unchanged", "missing"] as const) {
    expect(await fetching({ status })).toEqual({ status });
  }
  expect(setFlagsFromString).not.toHaveBeenCalled();
});

test("metadata that is new makes room for the update", async () => {
  const answer = { status: "ok", bytes: Buffer.from("{}"), validators: { origin: "x" } } as const;
  expect(await fetching(answer)).toBe(answer);
  expect(setFlagsFromString).toHaveBeenCalledWith("--no-opt");
});
