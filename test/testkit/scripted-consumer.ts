/** A consumer for tests: it answers as it is told, and remembers what it was asked. */
import type { Consumer, Subject } from "../../agent/consumer/consumer.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";

/**
 * @param answers error codes by question and version (`confirm 2`), or by question (`confirm`)
 */
export function scripted(answers: Readonly<Record<string, ErrorCode>>) {
  const asked: string[] = [];
  const paths: string[] = [];
  const ask =
    (what: string) =>
    async ({ version, path }: Subject): Promise<void> => {
      asked.push(`${what} ${version}`);
      paths.push(path);
      const code = answers[`${what} ${version}`] ?? answers[what];
      if (code !== undefined) throw new VouchsafeError(code, `${what} ${version} says no.`);
    };
  const consumer: Consumer = {
    trial: ask("trial"),
    reload: ask("reload"),
    confirm: ask("confirm"),
  };
  return { consumer, asked, paths };
}
