/** From a configured database to the consumer that is asked. */
import type { DatabaseConfig } from "../config/types.ts";
import type { FindAccount } from "./as-user.ts";
import { type ClamavPorts, clamavConsumer } from "./clamav/clamav.ts";
import { commandConsumer } from "./command.ts";
import type { Consumer } from "./consumer.ts";
import { guarded } from "./guards/guarded.ts";
import { noConsumer } from "./none.ts";
import { type SuricataPorts, suricataConsumer } from "./suricata/suricata.ts";

/** The machine as consumers need it. */
export type ConsumerPorts = ClamavPorts & SuricataPorts & { readonly findAccount: FindAccount };

function unguarded({ consumer }: DatabaseConfig, current: string, ports: ConsumerPorts): Consumer {
  switch (consumer.type) {
    case "none":
      return noConsumer;
    case "command":
      return commandConsumer(consumer, ports.run, ports.findAccount);
    case "clamav":
      return clamavConsumer(consumer, current, ports);
    case "suricata":
      return suricataConsumer(consumer, current, ports);
  }
}

/** @param current absolute path of the database's `current` */
export function createConsumer(
  config: DatabaseConfig,
  current: string,
  ports: ConsumerPorts,
): Consumer {
  const consumer = unguarded(config, current, ports);
  return config.guards === undefined
    ? consumer
    : guarded(consumer, config.guards, ports.fs, current);
}
