import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { HttpFetchRequest } from "../transport/http-fetch.ts";
import { TransportError } from "../transport/transport-error.ts";
import { type LoginDependencies, LoginError } from "./login-method.ts";

type Fetching = Pick<LoginDependencies, "httpFetch" | "signal">;

/**
 * Asks a cloud's metadata or token service.
 * @param what e.g. `the EC2 instance metadata`; begins the error.
 * @returns the body of a success answer.
 * @throws LoginError, retryable unless the service said no.
 */
export async function askCloud(
  { httpFetch, signal }: Fetching,
  what: string,
  request: HttpFetchRequest,
): Promise<string> {
  const { origin, pathname } = new URL(request.url);
  const asked = `${request.method} ${origin}${pathname}`;
  try {
    const answer = await httpFetch({ ...request, ...(signal === undefined ? {} : { signal }) });
    if (answer.status >= 200 && answer.status <= 299) return answer.body;
    throw new LoginError(
      `Asking ${what} failed: ${asked} answered ${answer.status}. Check the pod's cloud identity and its permissions.`,
      { retryable: answer.status >= 500 || answer.status === 429 || answer.status === 404 },
    );
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause;
    throw new LoginError(
      `Asking ${what} failed: ${asked}: ${cause.message}. Check that the pod runs in that cloud and may reach it.`,
      { retryable: cause.kind !== "aborted", cause },
    );
  }
}

/** An answer that is a JSON object. @throws LoginError */
export function jsonObjectIn(body: string, what: string): JsonObject {
  let parsed: JsonValue | undefined;
  try {
    parsed = JSON.parse(body) as JsonValue;
  } catch {
    parsed = undefined;
  }
  if (isJsonObject(parsed)) return parsed;
  throw new LoginError(`Asking ${what} failed: the answer is no JSON object.`, { retryable: true });
}

/** As {@link askCloud}, for an answer that is a JSON object. */
export async function askCloudForJson(
  dependencies: Fetching,
  what: string,
  request: HttpFetchRequest,
): Promise<JsonObject> {
  return jsonObjectIn(await askCloud(dependencies, what, request), what);
}

/** A text field of an answer. @throws LoginError when it is missing or empty. */
export function textField(object: JsonObject, name: string, what: string): string {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (typeof value === "string" && value !== "") return value;
  throw new LoginError(`Asking ${what} failed: the answer lacks ${name}.`, { retryable: true });
}

/** A form's body. */
export function formBody(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}

export const FORM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "application/x-www-form-urlencoded",
};
