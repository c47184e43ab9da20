import { appendFileSync, chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { KeycardError } from "../../errors.ts";
import type { FileWrite } from "../../templates/index.ts";

/** The number of a user or group: it is one already, or stands behind its name in passwd or group. */
function idOf(name: string, table: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  for (const line of readFileSync(table, "utf8").split("\n")) {
    const [entry, , id] = line.split(":");
    if (entry === name && id !== undefined) return Number(id);
  }
  throw new KeycardError(
    "KEYCARD_TEMPLATE_FILE_OWNER",
    `writeToFile names ${name}, which is not in ${table}; use a number.`,
  );
}

/** Does what a template's `writeToFile` asked for. @throws when a file cannot be written */
export function writeFiles(writes: readonly FileWrite[]): void {
  for (const { path, content, append, mode, user, group } of writes) {
    if (append) appendFileSync(path, content, { mode });
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode });
    }
    if (user !== "" || group !== "") {
      const uid = user === "" ? (process.getuid?.() ?? 0) : idOf(user, "/etc/passwd");
      const gid = group === "" ? (process.getgid?.() ?? 0) : idOf(group, "/etc/group");
      chownSync(path, uid, gid);
    }
    chmodSync(path, mode);
  }
}
