/** engine: first install and no-op check of a real database, from a repository on the loopback. */
import type { OpenSuite } from "../types.ts";

export const openEngineSuite: OpenSuite = async () => ({ jobs: [], close: async () => {} });
