import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  type Authority,
  createAuthority,
  issueServingCertificate,
  type KeyMaker,
  newKeys,
} from "./authority.ts";
import type { AuthorityState } from "./authority-state.ts";
import { isValidAt, parsedCertificate } from "./bundle.ts";

const AUTHORITY_DAYS = 365;
const SERVING_DAYS = 7;

/** Certificates are replaced when this much of their life is over, which leaves months and days to get it done. */
const RENEW_AFTER = 2 / 3;

/** From the patched caBundle until every API server surely goes by it. */
const ANNOUNCED_MILLISECONDS = 60_000;

/** From the first serving certificate of a new authority until no replica can be serving an old one. */
const FORGET_AFTER_MILLISECONDS = 86_400_000;

/** The next thing to do about an authority: one at a time, each safe on its own. */
export type RotationStep = "create" | "announce" | "switch" | "renew" | "forget";

/** What decides about the next step besides the state itself. */
export interface RotationFacts {
  readonly now: Date;
  readonly hosts: readonly string[];
  /** For how long the registration is known to trust everything in the state; undefined: it is not known to. */
  readonly trustedForMilliseconds: number | undefined;
}

/**
 * Decides the next step; undefined when all is well. An authority is replaced in three: the new one is
 * announced (trusted, signs nothing), then signs, and much later the old one is forgotten.
 */
export function nextStep(state: AuthorityState | undefined, facts: RotationFacts): RotationStep | undefined {
  if (!state || !isValidAt(state.authority.certificate, facts.now)) return "create";
  const isAnnounced = (facts.trustedForMilliseconds ?? -1) >= ANNOUNCED_MILLISECONDS;
  if (state.next && isAnnounced && isValidAt(state.next.certificate, facts.now)) return "switch";
  const leaf = parsedCertificate(state.serving.certificate);
  if (!leaf || isDue(leaf, facts.now) || !coversExactly(leaf, facts.hosts)) return "renew";
  const issuer = parsedCertificate(state.authority.certificate);
  if (!state.next && (!issuer || isDue(issuer, facts.now))) return "announce";
  return state.previous.length > 0 && isSettled(state, facts.now) ? "forget" : undefined;
}

/** Whether the serving certificate is old enough that no replica can be serving by another authority. */
export function isSettled({ serving }: AuthorityState, now: Date): boolean {
  const start = parsedCertificate(serving.certificate)?.validFromDate.getTime() ?? now.getTime();
  return now.getTime() - start >= FORGET_AFTER_MILLISECONDS;
}

/** What a step is carried out with. */
export interface RotationTools {
  readonly now: Date;
  readonly hosts: readonly string[];
  readonly keys?: KeyMaker;
}

/** Carries out one step: the state as it shall be, still to be written down. */
export async function takeStep(
  step: RotationStep,
  state: AuthorityState | undefined,
  { now, hosts, keys = newKeys }: RotationTools,
): Promise<AuthorityState> {
  const authorityOf = (): Promise<Authority> => createAuthority({ now, lifetimeDays: AUTHORITY_DAYS }, keys);
  const servingBy = (authority: Authority) =>
    issueServingCertificate(authority, { now, hosts, lifetimeDays: SERVING_DAYS }, keys);
  if (!state || step === "create") {
    const authority = await authorityOf();
    const previous = state ? [state.authority.certificate] : [];
    return { authority, next: undefined, previous, serving: await servingBy(authority) };
  }
  switch (step) {
    case "announce":
      return { ...state, next: await authorityOf() };
    case "switch": {
      const authority = state.next ?? state.authority;
      const previous = [...state.previous, state.authority.certificate];
      return { authority, next: undefined, previous, serving: await servingBy(authority) };
    }
    case "renew":
      return { ...state, serving: await servingBy(state.authority) };
    case "forget":
      return { ...state, previous: [] };
  }
}

/** One that is not valid yet was made by a clock that was ahead: nobody will take it for as long. */
function isDue({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  const life = validToDate.getTime() - validFromDate.getTime();
  return now < validFromDate || now.getTime() >= validFromDate.getTime() + life * RENEW_AFTER;
}

/** Whether a certificate is for these hosts and no others. */
function coversExactly(leaf: X509Certificate, hosts: readonly string[]): boolean {
  const names = new Set(hosts);
  const covered = (leaf.subjectAltName ?? "").split(", ").length;
  return covered === names.size && hosts.every((host) => covers(leaf, host));
}

function covers(leaf: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
}
