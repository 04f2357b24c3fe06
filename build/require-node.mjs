// Stops with one clear sentence under a Node.js that is too old. Imported first by build.mjs and run
// first by the npm scripts, so it is plain JavaScript that any Node.js since 14 can read.
const required = 24;

if (Number(process.versions.node.split(".")[0]) < required) {
  process.stderr.write(
    `Vouchsafe needs Node.js ${required} or newer, and this is ${process.version}. ` +
      "On Linux x64, `npm ci` brings its own: use `npm test` or `npm run …`, not `node …`.\n",
  );
  process.exit(2);
}
