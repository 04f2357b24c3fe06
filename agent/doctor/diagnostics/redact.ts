/**
 * Takes secrets out of a text: those whose value is known, in every form in which they are likely
 * to be written, and what has the form of one. Pure.
 */

/** Something that must not be told. */
export interface Secret {
  /** What it is, for the manifest: "the agent's key". */
  readonly what: string;
  readonly value: string;
  /** A name of the machine's: only as a whole word, in upper or lower case. */
  readonly isName?: boolean;
}

/** A text without secrets, and how often each kind was taken out. */
export interface Redacted {
  readonly text: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** A shorter value would be found everywhere; what has the form of a secret is still taken out. */
const leastLength = { value: 4, name: 2 } as const;

const mark = (what: string): string => `[redacted: ${what}]`;
const literal = (text: string): string => text.replaceAll(/[\\^$.*+?|(){}[\]/-]/g, String.raw`\$&`);

/** The forms of a value: as it is, in JSON, in an address, in base64, in hex. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    bytes.toString("base64"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ];
  return [...new Set(forms)].filter((form) => form.length >= leastLength.value);
}

function patternOf({ value, isName }: Secret): RegExp | undefined {
  if (value.length < (isName === true ? leastLength.name : leastLength.value)) return undefined;
  if (isName === true) {
    return new RegExp(`(?<![A-Za-z0-9])${literal(value)}(?![A-Za-z0-9])`, "gi");
  }
  // The longest first: one form may begin with another.
  const forms = formsOf(value).toSorted((a, b) => b.length - a.length);
  return new RegExp(forms.map(literal).join("|"), "g");
}

/** What has the form of a secret; the first group stays. What was taken out already is left alone. */
const shapes: readonly (readonly [string, RegExp])[] = [
  [
    "private key",
    /(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  ],
  ["credentials", /(\b[a-z][a-z0-9+.-]{1,15}:\/\/)[^\s/"'<>]{1,1000}@/gi],
  [
    "authorization",
    /(\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?)(?!\[redacted: )[^\r\n"']{1,4000}/gi,
  ],
  ["authorization", /(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,4000}/gi],
  ["token", /()\bvst_[A-Za-z0-9_-]{8,200}/g],
  [
    "secret",
    /(\b(?:pass(?:word|phrase|wd)|secret|token|seed|private[_-]?key|api[_-]?key|cookie)["']?\s*[:=]\s*)(?!["']?\[redacted: )(?:"(?:[^"\\]|\\.){1,4000}"|'[^']{1,4000}'|[^\s"',;}\]]{1,4000})/gi,
  ],
];

/** Makes the redactor of one archive. */
export function makeRedactor(secrets: readonly Secret[]): (text: string) => Redacted {
  const known = secrets
    .toSorted((a, b) => b.value.length - a.value.length)
    .flatMap((secret) => {
      const pattern = patternOf(secret);
      return pattern === undefined ? [] : [{ what: secret.what, pattern }];
    });
  return (given) => {
    const counts = new Map<string, number>();
    const count = (what: string): string => {
      counts.set(what, (counts.get(what) ?? 0) + 1);
      return mark(what);
    };
    let text = given;
    for (const { what, pattern } of known) text = text.replaceAll(pattern, () => count(what));
    for (const [what, pattern] of shapes) {
      text = text.replaceAll(pattern, (_, kept: string) => `${kept}${count(what)}`);
    }
    return { text, counts };
  };
}
