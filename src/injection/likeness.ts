import { isJsonObject, type JsonObject } from "../json.ts";
import { type Admitted, decidingPart } from "./pod-part.ts";

/** What the API server calls the volume of a pod's service-account token: another name for each pod. */
const TOKEN_VOLUME_PREFIX = "kube-api-access-";
const TOKEN_VOLUME_NAME = /^kube-api-access-[a-z0-9]{5}$/;

/** Stands for such a name: as long, different in every character, and no name that Kubernetes takes. */
export const STAND_IN = "TOKEN_VOLUME_OF_A_POD";

/** What decides about a pod's injection. */
export interface Likeness {
  readonly part: object;
  /** The name of its token volume, if the API server made that. */
  readonly token: string | undefined;
}

export function likenessOf(admitted: Admitted): Likeness {
  return { part: decidingPart(admitted), token: tokenVolumeName(admitted.pod) };
}

function tokenVolumeName(pod: unknown): string | undefined {
  const spec = isJsonObject(pod) ? pod.spec : undefined;
  const volumes = isJsonObject(spec) ? spec.volumes : undefined;
  for (const volume of Array.isArray(volumes) ? volumes : []) {
    const name: unknown = isJsonObject(volume) ? volume.name : undefined;
    if (typeof name === "string" && TOKEN_VOLUME_NAME.test(name)) return name;
  }
  return undefined;
}

/** Nothing that counts of a pod is nested deeper. Without a bound comparing could fail on what a pod may hold. */
const DEEPEST = 32;

/** Whether both are the same, in the same order, but for the name of the token volume, wherever it stands. */
export function areAlike(one: Likeness, other: Likeness): boolean {
  return areSame(one.part, other.part, { one: one.token, other: other.token }, DEEPEST);
}

interface Tokens {
  readonly one: string | undefined;
  readonly other: string | undefined;
}

/** Loops, and no text to look up: this is what most pods cost. */
function areSame(one: unknown, other: unknown, tokens: Tokens, depth: number): boolean {
  if (typeof one !== "object" || one === null) {
    const isToken = one === tokens.one;
    return isToken === (other === tokens.other) && (isToken || one === other);
  }
  if (depth === 0) return false;
  if (Array.isArray(one)) return Array.isArray(other) && areSameLists(one, other, tokens, depth);
  return isJsonObject(one) && isJsonObject(other) && areSameObjects(one, other, tokens, depth);
}

function areSameLists(
  one: readonly unknown[],
  other: readonly unknown[],
  tokens: Tokens,
  depth: number,
): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (!areSame(one[index], other[index], tokens, depth - 1)) return false;
  }
  return true;
}

function areSameObjects(one: JsonObject, other: JsonObject, tokens: Tokens, depth: number): boolean {
  const keys = Object.keys(one);
  let index = 0;
  for (const key in other) {
    if (keys[index++] !== key || !areSame(one[key], other[key], tokens, depth - 1)) return false;
  }
  return index === keys.length;
}

/** A pod that is like all that are like this one, with `STAND_IN` for the name of its token volume. */
export interface Example {
  readonly admitted: Admitted;
  /** Room that the part takes as text, in bytes. */
  readonly bytes: number;
}

/**
 * The example of a likeness. Undefined where pods that are alike need not get the same, because such a name stands
 * where it is not the token volume's and could come to mean another pod's; where it is a key; and where the part is
 * nested too deeply to be written. A JSON patch can mean a name that it spells in its own way, but only to refuse all others.
 */
export function exampleOf({ part, token }: Likeness): Example | undefined {
  const text = jsonOf(part);
  // Inside of a longer string its quotes would be escaped.
  const renamed = token === undefined ? text : text?.replaceAll(`"${token}"`, `"${STAND_IN}"`);
  if (renamed === undefined || renamed.includes(TOKEN_VOLUME_PREFIX) || renamed.includes(`"${STAND_IN}":`)) {
    return undefined;
  }
  return { admitted: JSON.parse(renamed), bytes: renamed.length };
}

/** Undefined for what is nested too deeply. */
function jsonOf(part: object): string | undefined {
  try {
    return JSON.stringify(part);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
