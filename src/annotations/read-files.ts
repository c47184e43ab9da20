import { quoted } from "./printable.ts";
import { cleanPath, declaredSecrets } from "./read-secrets.ts";
import { type Reading, reject } from "./reading.ts";
import type { PostgresRequest, SecretRequest } from "./request.ts";
import type { Written } from "./written.ts";

/** Something that wants a place in the file system. */
interface Claim {
  readonly path: string;
  /** For a message, e.g. `secret "db"`. */
  readonly owner: string;
  /** Where the fault is reported; undefined for the token's file. */
  readonly written: Written | undefined;
}

/** Refuses files that two want, and a file that another needs as a directory. */
export function rejectCollisions(
  reading: Reading,
  secrets: readonly SecretRequest[],
  postgres: readonly PostgresRequest[],
  tokenFile: string | undefined,
): void {
  const claims = claimsOf(reading, secrets, postgres, tokenFile);
  const taken = new Map<string, Claim>();
  for (const claim of claims) {
    const other = taken.get(claim.path);
    if (other === undefined) taken.set(claim.path, claim);
    else rejectPair(reading, other, claim, `both want the file ${quoted(claim.path)}`);
  }
  for (const claim of claims) {
    const other = ancestorsOf(claim.path)
      .map((path) => taken.get(path))
      .find((found) => found !== undefined);
    if (other !== undefined) {
      rejectPair(
        reading,
        other,
        claim,
        `${quoted(other.path)} cannot be a file of one and a directory of the other`,
      );
    }
  }
}

function claimsOf(
  reading: Reading,
  secrets: readonly SecretRequest[],
  postgres: readonly PostgresRequest[],
  tokenFile: string | undefined,
): readonly Claim[] {
  const declared = declaredSecrets(reading);
  const { byName } = reading.written;
  return [
    ...(tokenFile === undefined
      ? []
      : [{ path: cleanPath(tokenFile), owner: "agent-inject-token", written: undefined }]),
    ...postgres.map(({ name, directory }) => ({
      path: directory,
      owner: `login ${quoted(name)}`,
      written: byName.get(`keycard.dev/postgres-${name}`),
    })),
    ...secrets.map(({ name, destination }) => ({
      path: cleanPath(destination),
      owner: `secret ${quoted(name)}`,
      written: byName.get(`agent-inject-file-${name}`) ?? declared.get(name),
    })),
  ];
}

function rejectPair(reading: Reading, first: Claim, second: Claim, why: string): void {
  const written = second.written ?? first.written;
  if (written !== undefined) reject(reading, written, `${second.owner} and ${first.owner}: ${why}`);
}

/** The directories a path lies in, the nearest first. */
function ancestorsOf(path: string): readonly string[] {
  const ancestors: string[] = [];
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    ancestors.push(path.slice(0, slash));
  }
  return ancestors;
}
