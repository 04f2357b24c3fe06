/** The least that a start costs: Node.js that does nothing. */
import { measureProcess } from "./measure-process.ts";
import type { Case } from "./types.ts";

/** `node -e 0`. */
export const nodeCase: Case = {
  name: "node -e 0",
  peer: true,
  run: async () => {
    const { stdout: _nothing, ...usage } = await measureProcess({
      program: process.execPath,
      args: ["-e", "0"],
    });
    return { ...usage, bytesReceived: 0, requests: 0 };
  },
};
