/** Whether AppArmor keeps a consumer from reading its database. */
import { readFileIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import type { ConsumerConfig } from "../../config/types.ts";
import { isEnforced, letsRead, parseDenial } from "../apparmor.ts";
import type { DoctorContext, RootFacts } from "../context.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";

/** The profiles that Debian and Ubuntu ship, by consumer. */
const profiles: Readonly<Partial<Record<ConsumerConfig["type"], string>>> = {
  clamav: "/usr/sbin/clamd",
  suricata: "/usr/bin/suricata",
};

const folder = "/etc/apparmor.d";
const maxProfileBytes = 1_048_576;

/** What the judgement depends on. */
export interface ConfinementFacts extends RootFacts {
  readonly database: string;
  readonly profile: string;
  /** Texts of the profile and of its local additions; none if there is no such profile. */
  readonly texts: readonly string[];
  /** The folder of the database's generations. */
  readonly generations: string;
}

const fileNameOf = (profile: string): string => profile.slice(1).replaceAll("/", ".");

function adviceFor(profile: string): string {
  const name = fileNameOf(profile);
  return `Append /usr/share/doc/vouchsafe-agent/apparmor/${name} to ${folder}/local/${name}, then run apparmor_parser -r ${folder}/${name}.`;
}

/** Pure. */
export function judgeConfinement(facts: ConfinementFacts): Finding {
  const { database, profile, texts, generations, denials } = facts;
  const anyFile = `${generations}/1-000000000000/file`;
  if (texts.length > 0 && letsRead(texts, anyFile)) {
    return ok(`AppArmor lets ${profile} read ${database}.`);
  }
  const denied = denials
    .map(parseDenial)
    .find((denial) => denial?.profile === profile && denial.path.startsWith(`${generations}/`));
  if (denied !== undefined) {
    const message = `AppArmor denied ${profile} to ${denied.operation} ${denied.path}.`;
    return failure("consumer.unreachable", message, adviceFor(profile));
  }
  const enforced = facts.profiles === undefined ? undefined : isEnforced(facts.profiles, profile);
  if (texts.length === 0 || enforced === false) {
    return ok(`AppArmor does not confine ${profile}, which reads ${database}.`);
  }
  const message = `The AppArmor profile of ${profile} does not let it read ${database}`;
  return enforced === true
    ? failure("consumer.unreachable", `${message}.`, adviceFor(profile))
    : warning(`${message}; whether it is in force can only be seen as root.`, adviceFor(profile));
}

async function readText(fs: FileSystem, path: string): Promise<readonly string[]> {
  const bytes = await readFileIfExists(fs, path, maxProfileBytes);
  return bytes === undefined ? [] : [bytes.toString("utf8")];
}

async function isInUse(fs: FileSystem): Promise<boolean> {
  const path = "/sys/module/apparmor/parameters/enabled";
  return (await readFileIfExists(fs, path, 16))?.toString("latin1").startsWith("Y") ?? false;
}

async function judge(
  { config, fs, rooted }: DoctorContext,
  database: string,
  profile: string,
): Promise<Finding> {
  const name = fileNameOf(profile);
  const own = await readText(fs, `${folder}/${name}`);
  const local = own.length === 0 ? [] : await readText(fs, `${folder}/local/${name}`);
  const generations = `${config.state}/databases/${database}/generations`;
  return judgeConfinement({ ...rooted, database, profile, texts: [...own, ...local], generations });
}

export const confinementCheck: Check = {
  id: "confinement",
  title: "whether AppArmor lets clamd and Suricata read what is installed",
  run: async (context) => {
    const { config, fs } = context;
    const confined = [...config.databases].flatMap(([database, { consumer }]) => {
      const profile = profiles[consumer.type];
      return profile === undefined ? [] : [{ database, profile }];
    });
    if (confined.length === 0) return [ok("No consumer is one that AppArmor usually confines.")];
    if (!(await isInUse(fs))) return [ok("AppArmor is not in use.")];
    return Promise.all(confined.map(({ database, profile }) => judge(context, database, profile)));
  },
};
