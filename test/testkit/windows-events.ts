/**
 * The events that a program tells Windows' event log. By Wine, which keeps none, they are what it says
 * of the call itself (WINEDEBUG=eventlog); on a Windows they are read from the log.
 */
import type { WineRun } from "./wine-machine.ts";

export interface SeenEvent {
  readonly id: number;
  readonly text: string;
}

/** A run, and the events that it told. */
export interface RunWithEvents {
  readonly run: WineRun;
  readonly events: readonly SeenEvent[];
}

/** What Wine is to say on standard error. */
export const wineEventChannels = "fixme+advapi,trace+eventlog";

/** Events from that, in order: a line with the numbers of each, then one with its text. */
export function eventsOfWine(stderr: string): readonly SeenEvent[] {
  const numbers = /ReportEventW \([0-9A-Fa-f]+,0x[0-9a-f]+,0x[0-9a-f]+,0x([0-9a-f]+),/g;
  const texts = /eventlog:ReportEventW L"(.*)"$/gm;
  const ids = [...stderr.matchAll(numbers)].map(([, id = ""]) => Number.parseInt(id, 16));
  const said = [...stderr.matchAll(texts)].map(([, text = ""]) => text.replaceAll('\\"', '"'));
  return ids.map((id, index) => ({ id, text: said[index] ?? "" }));
}

/** The command that prints the events of a source as XML, oldest first. */
export const queryOf = (source: string): readonly string[] => [
  "wevtutil",
  "qe",
  "Application",
  `/q:*[System[Provider[@Name='${source}']]]`,
  "/f:xml",
];

/** Events from what it prints. */
export function eventsOfXml(xml: string): readonly SeenEvent[] {
  const each = xml.matchAll(/<EventID[^>]*>(\d+)<\/EventID>.*?<Data>(.*?)<\/Data>/gs);
  const plain = (text: string): string =>
    text.replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&amp;", "&");
  return [...each].map(([, id = "", text = ""]) => ({ id: Number(id), text: plain(text) }));
}
