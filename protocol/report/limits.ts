/** Every bound of what travels between agent and console, in one place. Bytes unless said. */
export const reportLimits = {
  /** Body of a status report. */
  reportBytes: 262_144,
  /** One event on its own. */
  eventBytes: 16_384,
  /** Body of an enrolment request. */
  enrolmentBytes: 8_192,
  /** Answer of the console to an agent. */
  answerBytes: 65_536,
  /** One field of the signature (Signature-Input, Signature, Content-Digest). */
  fieldBytes: 2_048,
  /** Members of a structured field, items of an inner list, parameters of an item. */
  fieldMembers: 16,
  /** Databases in a report. */
  databases: 256,
  /** Events in a report. */
  events: 64,
  /** Characters of a short text: host name, operating system, label. */
  text: 256,
  /** Characters of a message. */
  message: 2_048,
  /** Characters of a checkpoint with its cosignatures. */
  checkpoint: 16_384,
  /** Seconds by which `created` may differ from the console's clock, either way. */
  skewSeconds: 300,
  /** Longest delay that a console may ask of an agent, seconds. */
  delaySeconds: 3_600,
} as const;
