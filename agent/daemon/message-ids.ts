/**
 * MESSAGE_ID of what the service says (`journalctl MESSAGE_ID=…`), by message: for those who wait
 * for it. An id never changes; docs/service.md lists them.
 */
export const messageIds: Readonly<Record<string, string>> = {
  "service started": "80aa6f194a224107b14981f58b0ec3a0",
  "service stopped": "117214487e284a8abb6ab3342719cdd9",
  "configuration reloaded": "fb44d48c16e94f6f8db4c579640ff12d",
  "the service is stuck and should be restarted": "096116a070914909a1b424c8ca29d5e6",
  "update started": "aebcbb4f679c4ea48aa24c8dccb0f7e8",
  "update ended": "5ac614a8792f4acfbf448d89d54d6d56",
  "check failed": "c5ea309ea8ba43798852e950ff051971",
  "works again": "e7b5476de59247bf9b3970477957c77e",
  refused: "5fe1465652f84ace92479e29b8f64857",
  held: "3744f886af524395bc5f42c6b1edf199",
  reverted: "1a2421d3000d4ae3a6adaa3f2326c504",
  failed: "861312e48fa6418797ea29d523db44a1",
};
