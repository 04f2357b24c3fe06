/** `withdraw`: a proposal taken back. */
import type { CliContext } from "../../host/cli/types.ts";
import { withdraw } from "../proposal/withdraw.ts";
import { argument, publisherOf } from "./options.ts";

export async function run(context: CliContext): Promise<number> {
  const database = argument(context, 0);
  await withdraw(await publisherOf(context), database);
  context.out.json({ result: "withdrawn", database });
  context.out.line(`Withdrew the proposal of ${database}.`);
  return 0;
}
