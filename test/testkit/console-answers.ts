/** What tests of the console's API share: answers read as problems, documents and agents. */
import { expect } from "vitest";
import { isObject, type JsonObject, parseJson } from "../../protocol/json.ts";
import { type Endpoint, enrol, makeEndpoint, type TestConsole } from "./console-fixture.ts";

/** An endpoint that is enrolled. */
export async function enrolled(watched: TestConsole, name: string): Promise<Endpoint> {
  const endpoint = makeEndpoint(name);
  const response = await enrol(watched.origin(), endpoint, { token: await watched.token() });
  expect(response.status).toBe(201);
  return endpoint;
}

/** The object that an answer holds. */
export async function json(response: Response): Promise<JsonObject> {
  const value = parseJson(await response.bytes(), 1_000_000);
  if (!isObject(value)) throw new Error("not an object");
  return value;
}

/** Every error is a problem document with the status it came with. */
export async function expectProblem(
  response: Response,
  status: number,
  name?: string,
): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const problem = await json(response);
  expect(problem["status"]).toBe(status);
  if (name !== undefined) expect(problem["type"]).toBe(`urn:vouchsafe:problem:${name}`);
}

/** An agent as the API tells it. */
export async function agentOf(watched: TestConsole, endpoint: Endpoint): Promise<JsonObject> {
  return json(await fetch(`${watched.origin()}/v1/agents/${endpoint.id}`));
}

/** Posts a body. */
export function post(
  watched: TestConsole,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${watched.origin()}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}
