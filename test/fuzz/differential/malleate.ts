/** Signatures written otherwise: as valid as they were to some verifiers, to others not. */
import type { SignatureChange } from "./mutations.ts";

const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const orderP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);
}

/** S + L instead of S: equal to a verifier that does not check its range. */
function plusOrder(sig: string): string {
  const bytes = Buffer.from(sig, "hex");
  if (bytes.length !== 64) return sig;
  const s = littleEndian(bytes.subarray(32)) + groupOrder;
  const text = s.toString(16).padStart(64, "0");
  return text.length > 64
    ? sig
    : bytes.subarray(0, 32).toString("hex") +
        Buffer.from(Buffer.from(text, "hex").toReversed()).toString("hex");
}

/** (r, n − s) instead of (r, s) of ECDSA P-256: as valid as the other. */
function negated(sig: string): string {
  const der = Buffer.from(sig, "hex");
  const rLength = der[3] ?? 0;
  const s = der.subarray(6 + rLength);
  if (der[0] !== 0x30 || rLength > 33 || s.length > 33) return sig;
  const value = orderP256 - BigInt(`0x${s.toString("hex")}`);
  if (value <= 0n) return sig;
  const raw = Buffer.from(value.toString(16).padStart(64, "0"), "hex");
  const start = raw.findIndex((byte) => byte !== 0);
  const short = raw.subarray(start);
  const integer = (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), short]) : short;
  const body = Buffer.concat([
    der.subarray(2, 4 + rLength),
    Buffer.from([2, integer.length]),
    integer,
  ]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]).toString("hex");
}

/** What each change makes of a signature in hex. */
export const signatureTexts: Partial<Record<SignatureChange, (sig: string) => string>> = {
  "add group order": plusOrder,
  "negate s": negated,
  "upper case": (sig) => sig.toUpperCase(),
  "trailing junk": (sig) => `${sig}zz`,
  "odd length": (sig) => `${sig}0`,
  empty: () => "",
  zeros: (sig) => "0".repeat(sig.length),
  cut: (sig) => sig.slice(0, -2),
};
