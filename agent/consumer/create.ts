/** From a configured consumer to the one that is asked. */
import type { ConsumerConfig } from "../config/types.ts";
import { commandConsumer, type RunProgram } from "./command.ts";
import type { Consumer } from "./consumer.ts";
import { noConsumer } from "./none.ts";

/** @param run host/process.ts `runProcess` */
export function createConsumer(config: ConsumerConfig, run: RunProgram): Consumer {
  switch (config.type) {
    case "none":
      return noConsumer;
    case "command":
      return commandConsumer(config, run);
  }
}
