/** No consumer to ask: its users read `current` when they like. */
import type { Consumer } from "./consumer.ts";

export const noConsumer: Consumer = {
  trial: async () => undefined,
  reload: async () => undefined,
  confirm: async () => undefined,
};
