/**
 * A strict reader of Prometheus' text format 0.0.4: whatever the specification does not allow, or
 * promtool's check warns of, is an error.
 */

/** One sample. */
export interface TextSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const helpForm = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\n]|\\\\|\\n)+)$/;
const typeForm = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter)$/;
const sampleForm =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-zA-Z_].*)\})? (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)$/s;
const labelForm = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;

const unescape = (text: string): string =>
  text.replaceAll(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ""; ) {
    const [whole = "", name = "", value = ""] = labelForm.exec(rest) ?? [];
    if (whole === "") throw new Error(`labels: ${rest}`);
    if (Object.hasOwn(labels, name)) throw new Error(`label twice: ${name}`);
    labels[name] = unescape(value);
    rest = rest.slice(whole.length);
    if (whole.endsWith(",") && rest === "") throw new Error(`labels end with a comma: ${text}`);
  }
  return labels;
}

/** Reads a whole file. Throws on anything that is not allowed. */
export function parsePrometheusText(text: string): readonly TextSample[] {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const samples: TextSample[] = [];
  const seen = new Set<string>();
  let [helped, typed]: (string | undefined)[] = [];
  for (const line of text.slice(0, -1).split("\n")) {
    const help = helpForm.exec(line)?.[1];
    const type = typeForm.exec(line);
    const sample = sampleForm.exec(line);
    if (help !== undefined) {
      if (seen.has(`family ${help}`)) throw new Error(`family twice: ${help}`);
      seen.add(`family ${help}`);
      [helped, typed] = [help, undefined];
    } else if (type !== null) {
      if (type[1] !== helped) throw new Error(`TYPE without HELP: ${line}`);
      if ((type[2] === "counter") !== line.includes("_total ")) {
        throw new Error(`a counter, and nothing else, ends in _total: ${line}`);
      }
      typed = type[1];
    } else if (sample !== null) {
      const [, name = "", labels = "", value = ""] = sample;
      if (name !== typed) throw new Error(`sample outside its family: ${line}`);
      const parsed = parseLabels(labels);
      const key = `${name} ${JSON.stringify(labels)}`;
      if (seen.has(key)) throw new Error(`sample twice: ${line}`);
      seen.add(key);
      samples.push({ name, labels: parsed, value: Number(value) });
    } else {
      throw new Error(`no line of the format: ${line}`);
    }
  }
  return samples;
}
