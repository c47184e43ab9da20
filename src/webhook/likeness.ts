import { STAND_IN } from "./remembered.ts";

/** Bytes of a review in which pods of one workload differ, and what may stand there. */
interface Place {
  readonly kind: "uid" | "token" | "time";
  readonly start: number;
  readonly end: number;
}

/** All reviews that are like one: its bytes, but for those in the places. */
export interface Pattern {
  readonly body: Buffer;
  /** In their order. */
  readonly places: readonly Place[];
}

/** What a review of a pattern has to itself. */
export interface Particulars {
  readonly uid: string;
  /** The name of the pod's token volume, if the API server made one. */
  readonly token: string | undefined;
}

/** What the API server calls the volume of a pod's service-account token: another name for each pod. */
const TOKEN_PREFIX = "kube-api-access-";

/**
 * The request's uid; the rest of such a name, where nothing else stands with it and it is no key; and when somebody
 * wrote the pod's fields (`metadata.managedFields`).
 */
const VARIABLE =
  /"uid":"(?<uid>[0-9a-f-]{36})"|"kube-api-access-(?<token>[a-z0-9]{5})"(?!\s*:)|"time":"(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/dg;

/** As JSON all of these are plain characters of a string: whichever stands there, the rest means the same. */
const ALLOWED: Readonly<Record<Place["kind"], Uint8Array>> = {
  uid: tableOf("0123456789abcdef-"),
  token: tableOf("0123456789abcdefghijklmnopqrstuvwxyz"),
  time: tableOf("0123456789-:TZ"),
};

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}

/**
 * The pattern of a review. Undefined where its uid is none of an API server's or stands elsewhere too, and where such a
 * name is another than the token volume's, a key, or a part of something longer: it could mean more than its letters.
 */
export function patternOf(body: Buffer, uid: string): Pattern | undefined {
  const text = body.toString("latin1");
  const places = placesIn(text, uid);
  const names = places.filter(({ kind }) => kind === "token").map(({ start, end }) => text.slice(start, end));
  const [name] = names;
  const isOne = places.filter(({ kind }) => kind === "uid").length === 1 && occurrences(text, uid) === 1;
  const isOwn = names.every((other) => other === name) && occurrences(text, TOKEN_PREFIX) === names.length;
  if (!isOne || !isOwn) return undefined;
  // A copy: the body may be a piece of a much larger buffer.
  return { body: Buffer.from(new Uint8Array(body).buffer), places };
}

function placesIn(text: string, uid: string): readonly Place[] {
  const places: Place[] = [];
  for (const { indices } of text.matchAll(VARIABLE)) {
    for (const kind of ["uid", "token", "time"] as const) {
      const [start, end] = indices?.groups?.[kind] ?? [];
      if (start === undefined || end === undefined) continue;
      // Owners have uids too, the same for all pods of a workload.
      if (kind !== "uid" || text.slice(start, end) === uid) places.push({ kind, start, end });
    }
  }
  return places;
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** A review of the pattern with `STAND_IN` for the name of the token volume, and no time at all. */
export function exampleOf({ body, places }: Pattern): Buffer {
  const text = body.toString("latin1");
  let example = "";
  let at = 0;
  for (const { kind, start, end } of places) {
    if (kind === "token") example += text.slice(at, start - TOKEN_PREFIX.length) + STAND_IN;
    else
      example += text.slice(at, start) + (kind === "time" ? "0000-00-00T00:00:00Z" : text.slice(start, end));
    at = end;
  }
  return Buffer.from(example + text.slice(at), "latin1");
}

/** What a review has to itself, if it is one of the pattern. */
export function particularsOf(body: Buffer, pattern: Pattern): Particulars | undefined {
  if (body.length !== pattern.body.length) return undefined;
  let [uid, token, at] = ["", "", 0];
  for (const { kind, start, end } of pattern.places) {
    if (!isSame(body, pattern.body, at, start) || !isAllowed(body, start, end, ALLOWED[kind]))
      return undefined;
    at = end;
    if (kind === "time") continue;
    const value = body.toString("latin1", start, end);
    if (kind === "uid") uid = value;
    else if (token === "") token = value;
    else if (token !== value) return undefined;
  }
  if (!isSame(body, pattern.body, at, body.length)) return undefined;
  return { uid, token: token === "" ? undefined : TOKEN_PREFIX + token };
}

function isSame(one: Buffer, other: Buffer, start: number, end: number): boolean {
  return one.compare(other, start, end, start, end) === 0;
}

function isAllowed(body: Buffer, start: number, end: number, allowed: Uint8Array): boolean {
  for (let index = start; index < end; index++) if (allowed[body[index] ?? 0] !== 1) return false;
  return true;
}
