import { createHash } from "node:crypto";

/** The same login has the same entity every time. */
export function entityIdOf(mountPath: string, alias: string): string {
  const hex = createHash("sha256").update(`${mountPath}\n${alias}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}
