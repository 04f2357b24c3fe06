/** Events as Wine tells them on standard error, and as `wevtutil qe /f:xml` prints them. */
import { expect, test } from "vitest";
import { eventsOfWine, eventsOfXml } from "../../testkit/windows-events.ts";

test("by Wine: the id of the call, and the text of the line after it", () => {
  const lines = [
    '016c:fixme:advapi:RegisterEventSourceW ((null),L"Vouchsafe"): stub',
    "016c:fixme:advapi:ReportEventW (00000000CAFE4242,0x0001,0x0000,0x00000069,0000000000000000,0x0001,0x00000000,00007FFFFFD0F420,0000000000000000): stub",
    '016c:err:eventlog:ReportEventW L"refused reason=\\"no root\\""',
    "vouchsafe-agent: no root",
  ];
  expect(eventsOfWine(lines.join("\n"))).toEqual([{ id: 105, text: 'refused reason="no root"' }]);
});

test("on a Windows: each event of the document, oldest first", () => {
  const event = (id: number, text: string) =>
    `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Vouchsafe'/><EventID Qualifiers='0'>${id}</EventID><Level>4</Level><Channel>Application</Channel></System><EventData><Data>${text}</Data></EventData></Event>`;
  const xml = `${event(100, "service started")}\r\n${event(105, "reason=&quot;a &amp; b&quot;")}\r\n`;
  expect(eventsOfXml(xml)).toEqual([
    { id: 100, text: "service started" },
    { id: 105, text: 'reason="a & b"' },
  ]);
});
