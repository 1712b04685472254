/** What a request brought along that its endpoint does not know. Filled by `Validation`, shown in `meta.ignored`. */
import { Context } from "effect"

export interface Intake {
  readonly ignored: ReadonlyArray<string>
}

export const Intake = Context.Reference<Intake>("psa/http/Intake", { defaultValue: () => ({ ignored: [] }) })
