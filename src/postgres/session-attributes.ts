import type { Session } from "./wire/start-up.ts";

/** A server tells these of itself since PostgreSQL 14; a pooler or an older server must be asked. */
async function inStandby(session: Session): Promise<boolean> {
  const told = session.parameters.get("in_hot_standby");
  if (told !== undefined) return told === "on";
  return (await session.ask("SELECT pg_catalog.pg_is_in_recovery()")) === "t";
}

async function readOnly(session: Session): Promise<boolean> {
  const told = session.parameters.get("default_transaction_read_only");
  if (told !== undefined) return told === "on" || (await inStandby(session));
  return (await session.ask("SHOW transaction_read_only")) === "on";
}

/** Whether a session is what `target_session_attrs` asks for. @param wanted libpq's word, but not `prefer-standby` */
export async function matchesSession(session: Session, wanted: string): Promise<boolean> {
  switch (wanted) {
    case "read-write":
      return !(await readOnly(session));
    case "read-only":
      return await readOnly(session);
    case "primary":
      return !(await inStandby(session));
    case "standby":
      return await inStandby(session);
    default:
      return true;
  }
}
