/** Codes for what is not what was signed, and for clocks that are not what they should be. */
import { type CodeEntry, entry } from "../error-classes.ts";

/** A part of the registry in `error-codes.ts`. */
export const trustCodes = {
  "trust.root": entry(
    "trust",
    "The bootstrap root is missing, damaged or not a root.",
    "Install the root.json that the vendor hands out by a second channel.",
  ),
  "trust.format": entry(
    "trust",
    "Metadata does not have the form TUF demands.",
    "The repository serves damaged or forged metadata; the installed databases were not touched.",
  ),
  "trust.signature": entry(
    "trust",
    "Too few valid signatures of the keys that the role requires.",
    "Treat the mirror as compromised until the vendor explains; nothing was changed.",
  ),
  "trust.rollback": entry(
    "trust",
    "The repository shows an older version than was seen before.",
    "Try another mirror; if it persists, ask the vendor. Nothing was changed.",
  ),
  "trust.expired": entry(
    "trust",
    "Metadata is past its expiry.",
    "Check this machine's clock; else the vendor must refresh the repository.",
  ),
  "trust.freeze": entry(
    "trust",
    "Every mirror shows the same expired timestamp.",
    "Check the network path and the clock; an attacker may be holding updates back.",
  ),
  "trust.mismatch": entry(
    "trust",
    "Bytes do not have the length or hash that signed metadata states.",
    "The mirror serves damaged or forged files; the installed generation was kept.",
  ),
  "trust.role": entry(
    "trust",
    "A database is not delegated, or its role belongs to another database or repository.",
    "Check the database's name and the repository's address in the configuration.",
  ),
  "trust.release": entry(
    "trust",
    "A signed release is not whole, or breaks the rules for names and paths.",
    "Ask the vendor; the release was refused whole.",
  ),
  "trust.store": entry(
    "trust",
    "The local trust store is damaged and could not be rebuilt.",
    "Run `agent trust reset --root FILE` with a root from the vendor.",
  ),
  "trust.tampered": entry(
    "trust",
    "An installed file differs from its signed hash.",
    "Find out who changed it; `agent update --now` restores the signed content.",
  ),
  "clock.behind": entry(
    "trust",
    "The local clock is behind a time that is already proven.",
    "Set the clock (NTP); expired metadata is never accepted meanwhile.",
  ),
  "clock.ahead": entry(
    "trust",
    "Metadata is expired by the local clock, but not by the server's.",
    "Set the clock (NTP); if it is right, the server's is wrong and the vendor must refresh.",
  ),
} as const satisfies Readonly<Record<string, CodeEntry>>;
