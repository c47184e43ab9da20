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
  // Sorted with a final slash, whatever lies in a path follows it without a gap.
  const placed = secrets.filter(({ destination }) => destination !== "");
  const claims = claimsOf(reading, placed, postgres, tokenFile)
    .map((claim) => ({ ...claim, sortKey: `${claim.path}/` }))
    .sort((left, right) => (left.sortKey < right.sortKey ? -1 : left.sortKey > right.sortKey ? 1 : 0));
  let [above] = claims;
  for (const claim of claims.slice(1)) {
    if (above === undefined || !claim.sortKey.startsWith(above.sortKey)) {
      above = claim;
    } else if (claim.path === above.path) {
      rejectPair(reading, above, claim, `both want the file ${quoted(claim.path)}`);
    } else {
      const why = `${quoted(above.path)} cannot be a file of one and a directory of the other`;
      rejectPair(reading, above, claim, why);
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
