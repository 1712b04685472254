/** Which notifications a change does not send. */
import { Schema } from "effect"

export const suppress = {
  suppressContactNotifications: Schema.optionalKey(Schema.Boolean),
  suppressInternalNotifications: Schema.optionalKey(Schema.Boolean)
}

export interface Suppress {
  readonly suppressContactNotifications?: boolean
  readonly suppressInternalNotifications?: boolean
}

/** Internal notifications are only suppressed together with the contact's. */
export const suppressRule = Schema.makeFilter((input: Suppress) =>
  input.suppressInternalNotifications !== true || input.suppressContactNotifications === true
    ? undefined
    : {
        path: ["suppressInternalNotifications"],
        issue: "Internal notifications can only be suppressed together with the contact's"
      }
)

/** The flags that were sent, for the event that tells of the change. */
export const suppressFlags = ({ suppressContactNotifications, suppressInternalNotifications }: Suppress) => ({
  ...(suppressContactNotifications === undefined ? {} : { suppressContactNotifications }),
  ...(suppressInternalNotifications === undefined ? {} : { suppressInternalNotifications })
})
