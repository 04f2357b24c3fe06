/** Typed access to the options of a call. */
import { VouchsafeError } from "../../protocol/errors.ts";
import type { Options, OptionValue } from "./types.ts";

function fault(name: string): VouchsafeError {
  return new VouchsafeError("internal.unexpected", `The option --${name} is not of that type.`);
}

/** Wraps parsed values. */
export function makeOptions(values: Readonly<Record<string, OptionValue>>): Options {
  const look = (name: string): OptionValue => {
    if (!Object.hasOwn(values, name)) throw fault(name);
    return values[name];
  };
  const str = (name: string): string | undefined => {
    const value = look(name);
    if (value !== undefined && typeof value !== "string") throw fault(name);
    return value;
  };
  return {
    values,
    str,
    need: (name) => {
      const value = str(name);
      if (value !== undefined) return value;
      throw new VouchsafeError("usage.arguments", `The option --${name} is missing.`);
    },
    flag: (name) => {
      const value = look(name);
      if (typeof value !== "boolean") throw fault(name);
      return value;
    },
    list: (name) => {
      const value = look(name);
      if (typeof value !== "object") throw fault(name);
      return value;
    },
  };
}
