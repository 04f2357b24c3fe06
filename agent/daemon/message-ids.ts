/**
 * What the service says that others may wait for, by message: its MESSAGE_ID in the journal
 * (`journalctl MESSAGE_ID=…`) and its id in the event log of Windows. An id never changes;
 * docs/service.md and docs/windows.md list them.
 */
interface Ids {
  readonly journal?: string;
  /** 1 to 1000, which is what the message file of Windows that shows them knows. */
  readonly event?: number;
}

const noteworthy: Readonly<Record<string, Ids>> = {
  "service started": { journal: "80aa6f194a224107b14981f58b0ec3a0", event: 100 },
  "service stopped": { journal: "117214487e284a8abb6ab3342719cdd9", event: 101 },
  "configuration reloaded": { journal: "fb44d48c16e94f6f8db4c579640ff12d", event: 102 },
  "the service is stuck and should be restarted": {
    journal: "096116a070914909a1b424c8ca29d5e6",
    event: 103,
  },
  "the service has failed": { event: 104 },
  "the installer's values are refused": { event: 105 },
  "the state cannot be removed": { event: 106 },
  "update started": { journal: "aebcbb4f679c4ea48aa24c8dccb0f7e8" },
  "update ended": { journal: "5ac614a8792f4acfbf448d89d54d6d56", event: 200 },
  reverted: { journal: "1a2421d3000d4ae3a6adaa3f2326c504", event: 201 },
  refused: { journal: "5fe1465652f84ace92479e29b8f64857", event: 202 },
  failed: { journal: "861312e48fa6418797ea29d523db44a1", event: 203 },
  held: { journal: "3744f886af524395bc5f42c6b1edf199", event: 204 },
  "check failed": { journal: "c5ea309ea8ba43798852e950ff051971", event: 205 },
  "works again": { journal: "e7b5476de59247bf9b3970477957c77e", event: 206 },
};

function idsOf<K extends keyof Ids>(key: K): Readonly<Record<string, NonNullable<Ids[K]>>> {
  const found = Object.entries(noteworthy).flatMap(([message, { [key]: id }]) =>
    id === undefined ? [] : [[message, id] as const],
  );
  return Object.fromEntries(found);
}

/** MESSAGE_ID of each. */
export const messageIds = idsOf("journal");

/** Event id of each that the event log of Windows gets. */
export const eventIds = idsOf("event");
