/** Codes for what comes over the network: mirrors, repositories, consoles. */
import { type CodeEntry, entry } from "../error-classes.ts";

/** A part of the registry in `error-codes.ts`. */
export const networkCodes = {
  "transfer.unreachable": entry(
    "retryable",
    "A server cannot be reached.",
    "Check the address, DNS, firewall and proxy; `agent doctor` tests each.",
  ),
  "transfer.timeout": entry(
    "retryable",
    "A server went silent.",
    "It will be tried again; if it persists, check the network path.",
  ),
  "transfer.status": entry(
    "retryable",
    "A server answered with an error status.",
    "It will be tried again; if it persists, tell whoever runs the server.",
  ),
  "transfer.truncated": entry(
    "retryable",
    "A body ended before its end.",
    "It will be tried again.",
  ),
  "transfer.too-large": entry(
    "permanent",
    "A body is longer than its cap.",
    "The server is misbehaving; tell whoever runs it.",
  ),
  "transfer.redirect": entry(
    "permanent",
    "A server redirects away from the mirror.",
    "Configure the final address; redirects to elsewhere are never followed.",
  ),
  "transfer.tls": entry(
    "permanent",
    "A server's certificate is not acceptable.",
    "Install the right CA, or correct the address.",
  ),
  "transfer.portal": entry(
    "retryable",
    "A page of a captive portal or proxy came in place of a file.",
    "Log in to the network, or let the proxy pass the repository's address; `agent doctor` tests it.",
  ),
  "relay.listen": entry(
    "retryable",
    "A relay cannot listen at its address.",
    "Free the port, or wait until this machine has the address; `relay.listen` names both.",
  ),
  "bundle.malformed": entry(
    "permanent",
    "A bundle is not what `publisher bundle` writes, or was damaged on its way.",
    "Copy the bundle again and compare its sha256; nothing was changed.",
  ),
  "repository.missing": entry(
    "permanent",
    "The repository lacks a file that it must have.",
    "Check the repository's address; else tell the vendor.",
  ),
  "repository.incomplete": entry(
    "permanent",
    "A publisher's repository folder lacks something or contradicts itself.",
    "Restore the folder from its backup.",
  ),
  "enrol.refused": entry(
    "permanent",
    "The console refuses the enrolment.",
    "Ask for a new token; one token enrols one agent once.",
  ),
  "report.refused": entry(
    "permanent",
    "The console refuses a report.",
    "Check the clock and the enrolment; updates go on regardless.",
  ),
} as const satisfies Readonly<Record<string, CodeEntry>>;
