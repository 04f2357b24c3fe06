/** The console's command line as data. */
import type { Program } from "../../host/cli/types.ts";
import { versionInfo } from "../../host/version.ts";
import { dataOption } from "./data-dir.ts";
import { consoleManual } from "./manual.ts";

/** `vouchsafe-console`. */
export const consoleProgram: Program = {
  name: "vouchsafe-console",
  summary: "takes signed status reports and shows the fleet",
  ...consoleManual,
  version: versionInfo,
  verbs: [
    {
      name: "serve",
      summary: "Take reports and serve the page until told to stop",
      description:
        "Listens on this machine only, unless TLS or a proxy guards the connection. " +
        "Agents sign the address that --public-url names; without it, the one they enrolled with.",
      positionals: [],
      options: {
        data: dataOption,
        listen: {
          type: "string",
          value: "HOST:PORT",
          summary: "Where to listen (default: 127.0.0.1:8740)",
        },
        "public-url": {
          type: "string",
          value: "URL",
          summary: "The address under which agents and people reach the console",
        },
        "tls-cert": { type: "string", value: "FILE", summary: "Certificate chain (PEM)" },
        "tls-key": { type: "string", value: "FILE", summary: "Key of the certificate (PEM)" },
        "behind-proxy": {
          type: "boolean",
          summary: "A proxy in front takes TLS off and names the client in X-Forwarded-For",
        },
      },
      examples: [
        "vouchsafe-console serve --data ./console",
        "vouchsafe-console serve --listen 0.0.0.0:443 --public-url https://console.example.com --tls-cert chain.pem --tls-key key.pem",
      ],
      load: () => import("./serve.ts"),
    },
    {
      name: "token new",
      summary: "Make a token that enrols one agent once",
      description:
        "The token alone goes to standard output; the console keeps only its hash. vouchsafe-agent enroll takes it from a file.",
      positionals: [],
      options: {
        data: dataOption,
        expires: {
          type: "string",
          value: "DURATION",
          summary: "How long it is good for: 90s, 15m, 1h, 7d (default: 1h)",
        },
      },
      examples: ["vouchsafe-console token new --expires 15m > token"],
      load: () => import("./token-new.ts"),
    },
    {
      name: "token list",
      summary: "List the tokens and how they stand",
      positionals: [],
      options: { data: dataOption },
      load: () => import("./token-list.ts"),
    },
    {
      name: "token revoke",
      summary: "Make a token worthless that was not used yet",
      positionals: [{ name: "ID", summary: "The token's id", required: true }],
      options: { data: dataOption },
      load: () => import("./token-revoke.ts"),
    },
  ],
};
