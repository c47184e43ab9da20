import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { KeycardError, messageOf } from "../../errors.ts";
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

/** What a file holds now; nothing when it is not there. */
export function presentContent(path: string): Uint8Array {
  return existsSync(path) ? readFileSync(path) : new Uint8Array();
}

/** Does what a template's `writeToFile` asked for, as Vault Agent does. @throws KeycardError when a file cannot be written */
export function writeFiles(writes: readonly FileWrite[]): void {
  for (const write of writes) {
    try {
      writeOne(write);
    } catch (cause) {
      if (cause instanceof KeycardError) throw cause;
      throw new KeycardError(
        "KEYCARD_TEMPLATE_FILE_WRITE",
        `writeToFile cannot write ${write.path}: ${messageOf(cause)}`,
        { cause },
      );
    }
  }
}

/** The mode is set apart from the writing, which the process's mask would narrow. */
function writeOne({ path, content, append, mode, user, group }: FileWrite): void {
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
