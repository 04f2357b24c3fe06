/** The man page vouchsafe-agent.yaml(5), from the schema of the file as docs/config.md is. */
import {
  type ManEdition,
  type ManPage,
  type ManReference,
  manPage,
} from "../../host/cli/man/page.ts";
import { bold, entry, markedText, paragraphs, section, verbatim } from "../../host/cli/man/roff.ts";
import { type ConfigKey, configIntroduction, configKeys } from "./config.ts";

/** How the page is called. */
export const configManReference: ManReference = { name: "vouchsafe-agent.yaml", section: 5 };

const keyEntry = ({ key, types, standing, meaning }: ConfigKey): readonly string[] => {
  const stands = standing === "" || standing === "required" ? standing : `default ${standing}`;
  const facts = [types, stands].filter((fact) => fact !== "").join("; ");
  const sentence = meaning === "" ? "" : ` ${meaning}.`;
  return entry(bold(key), markedText(`(${facts})${sentence}`));
};

/**
 * The page.
 *
 * @param example lines of a whole configuration
 */
export const configManPage = (example: readonly string[], edition: ManEdition): ManPage => {
  const files = [
    ["/etc/vouchsafe/agent.yaml", "The configuration."],
    ["/etc/vouchsafe/agent.d/*.yaml", "Laid over it in name order; a later file wins."],
  ] as const;
  const body = [
    ...section("DESCRIPTION", [
      ...paragraphs(configIntroduction),
      ".PP",
      markedText(
        "`vouchsafe-agent config check` tests a file; `vouchsafe-agent config show` prints what counts, with all defaults.",
      ),
    ]),
    ...section("KEYS", configKeys().flatMap(keyEntry)),
    ...section(
      "FILES",
      files.flatMap(([name, meaning]) => entry(bold(name), markedText(meaning))),
    ),
    ...section("EXAMPLES", verbatim(example)),
  ];
  const summary = "configuration of the Vouchsafe agent";
  const seeAlso = ["", "-config-check", "-config-show"].map(
    (verb): ManReference => ({ name: `vouchsafe-agent${verb}`, section: 1 }),
  );
  return manPage({ ...configManReference, summary, body, seeAlso }, edition);
};
