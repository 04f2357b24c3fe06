/** What the publisher's manual tells beyond its commands. */
import type { Program } from "../../host/cli/types.ts";

/** For the Program value. */
export const publisherManual = {
  description:
    "A release is proposed, approved by as many persons as the database's threshold asks for, and then published. Nothing is served before the last step of publish has been done.\n\n" +
    "The publisher works in a folder that init makes: the one of --dir, of --config, of the environment, or the current one. What clients fetch is its folder repository, which any web server can serve.",
  files: [
    { name: "publisher.json", summary: "Settings; makes a folder the publisher's" },
    { name: "repository/", summary: "What is served, and nothing else" },
    { name: "proposals/DATABASE/", summary: "The open proposal of a database" },
    { name: "outbox/", summary: "The exact bytes of a publication that has not ended" },
    { name: "KEYS/NAME.key, KEYS/NAME.pub", summary: "A key, encrypted, and its public half" },
  ],
  environment: [
    {
      name: "VOUCHSAFE_PASSPHRASE_NAME",
      summary: "Passphrase of the key NAME (in capitals, _ for -); before --passphrase-file",
    },
    {
      name: "VOUCHSAFE_PASSPHRASE",
      summary: "Passphrase of all other keys; after --passphrase-file, before a prompt",
    },
  ],
} as const satisfies Pick<Program, "description" | "files" | "environment">;
