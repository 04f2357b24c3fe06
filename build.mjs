// node build.mjs              bundles the programs into dist/
// node build.mjs --package    also makes the agent's executable and its .deb
// The work is in build/; this file only makes sure that the runtime can read it.
import "./build/require-node.mjs";

const { build } = await import("./build/main.ts");
process.exitCode = await build(import.meta.dirname, process.argv.slice(2));
