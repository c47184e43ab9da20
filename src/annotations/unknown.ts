import { printableKey } from "./printable.ts";
import type { Reading } from "./reading.ts";

export function warnOfUnknown(reading: Reading): void {
  for (const { key } of reading.written.unknown) reading.findings.warn(`${printableKey(key)} is unknown`);
}
