/** Laws of JSON, canonical JSON and the envelope. */
import { deepStrictEqual } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { canonicalText, fileText } from "../../../protocol/canonical.ts";
import {
  isArray,
  isObject,
  type JsonValue,
  jsonObject,
  parseJson,
} from "../../../protocol/json.ts";
import { encodeEnvelope, parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { limits } from "../../../protocol/tuf/limits.ts";
import { answerOf, bounded, same } from "../laws.ts";
import { type FuzzProperty, fuzzProperty } from "../property.ts";
import { anyJson, byteChange, changeBytes, nearlyJson } from "./hostile.ts";
import { anySample } from "./samples.ts";

const format = /^trust\.format$/;

/** The same value with the names of every object in reverse order. */
function reversed(value: JsonValue): JsonValue {
  if (isArray(value)) return value.map(reversed);
  if (!isObject(value)) return value;
  const pairs = Object.entries(value).map(([name, item]) => [name, reversed(item)] as const);
  return jsonObject(pairs.toReversed());
}

const canonical = fuzzProperty(
  "canonical-json",
  "one text for one value whatever the order of names, another for another; else trust.format",
  fc.tuple(anyJson, anyJson),
  ([value, other]) => {
    const text = answerOf(format, () => canonicalText(value));
    const turned = answerOf(format, () => canonicalText(reversed(value)));
    deepStrictEqual(text, turned);
    if (!("value" in text)) return;
    const file = Buffer.from(fileText(value));
    const read = parseJson(file, file.length);
    same(canonicalText(read), text.value, "canonical form after a round trip");
    const different = answerOf(format, () => canonicalText(other));
    if (!("value" in different)) return;
    const alike = isDeepStrictEqual(read, parseJson(Buffer.from(fileText(other)), 1e9));
    same(text.value === different.value, alike, "equal forms, equal values");
  },
);

const json = fuzzProperty(
  "json-parse",
  "any bytes are read as JSON.parse reads strict UTF-8, or refused, in bounded time",
  nearlyJson,
  (bytes) => {
    const answer = bounded(bytes.length, () => answerOf(format, () => parseJson(bytes, 50_000)));
    if (bytes.length > 50_000) same("code" in answer, true, "refused as too long");
    if ("value" in answer) deepStrictEqual(answer.value, JSON.parse(bytes.toString("utf8")));
  },
);

const envelope = fuzzProperty(
  "envelope",
  "any bytes are an envelope that encodes to an equal one, or refused, in bounded time",
  fc.oneof(
    nearlyJson,
    fc
      .tuple(anySample, fc.array(byteChange, { minLength: 1, maxLength: 3 }))
      .map(([{ bytes }, changes]) =>
        changes.reduce((result, change) => changeBytes(result, change), bytes),
      ),
    fc
      .tuple(anyJson, fc.array(anyJson, { maxLength: 3 }))
      .map(([signed, list]) => Buffer.from(JSON.stringify({ signed, signatures: list }))),
  ),
  (bytes) => {
    const answer = bounded(bytes.length, () =>
      answerOf(format, () => {
        const { signed, signedBytes, signatures } = parseEnvelope(bytes, limits.rootBytes);
        return { signed, signedBytes, signatures };
      }),
    );
    if (!("value" in answer)) return;
    const { signed, signedBytes, signatures } = answer.value;
    const again = parseEnvelope(encodeEnvelope(signed, signatures), 1e9);
    same(again.signedBytes.equals(signedBytes), true, "the same signed bytes");
    deepStrictEqual(again.signatures, signatures);
  },
);

export const jsonProperties: readonly FuzzProperty[] = [canonical, json, envelope];
