import type { Reading } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";

export function checkPolicy(_reading: Reading, _request: InjectionRequest): void {}
