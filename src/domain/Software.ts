/** What is installed on assets: pieces of software that a tenant's assets share, and the installations of them. */
import { Schema } from "effect"
import { Timestamp, TimestampInput, Uuid } from "./Field.ts"
import { ClearableText, Name } from "./Normalized.ts"

export const softwareCategories = [
  "Browser",
  "Productivity",
  "Development",
  "Security",
  "Communication",
  "Creative",
  "Runtime",
  "Driver"
] as const

export const softwareTypes = ["application", "driver", "update", "system"] as const

/** How many rows a page has, unless the query says otherwise. */
export const softwareLimit = 50

/** The most that one asset has. */
export const maxSoftware = 5000

/** How many of the versions, and of the assets, are shown of a piece of software. */
export const shownVersions = 50
export const shownAssets = 10

const NullableText = Schema.NullOr(Schema.String)
const Category = Schema.NullOr(Schema.Literals(softwareCategories))
const SoftwareType = Schema.Literals(softwareTypes)

const software = {
  software_id: Uuid,
  name: Schema.String,
  publisher: NullableText,
  category: Category,
  software_type: SoftwareType,
  is_managed: Schema.Boolean,
  is_security_relevant: Schema.Boolean
}

/** A piece of software on an asset. */
export const InstalledSoftware = Schema.Struct({
  ...software,
  version: NullableText,
  install_date: Schema.NullOr(Timestamp),
  install_path: NullableText,
  size_bytes: Schema.NullOr(Schema.Int),
  first_seen_at: Timestamp,
  last_seen_at: Timestamp,
  is_current: Schema.Boolean.annotate({ description: "Whether it was in the inventory that was sent last" }),
  uninstalled_at: Schema.NullOr(Timestamp).annotate({ description: "When it was first missing in an inventory" })
}).annotate({ identifier: "InstalledSoftware" })

/** What an asset's current software comes to. */
export const SoftwareSummary = Schema.Struct({
  total_installed: Schema.Int,
  by_category: Schema.Record(Schema.String, Schema.Int).annotate({
    description: "How many of each category; those of none are under `Uncategorized`"
  }),
  by_type: Schema.Struct({
    application: Schema.Int,
    driver: Schema.Int,
    update: Schema.Int,
    system: Schema.Int
  }),
  security_software_count: Schema.Int,
  managed_software_count: Schema.Int,
  recently_installed_count: Schema.Int.annotate({
    description: "In the last 30 days, by the date of installation or else by when it was first seen"
  })
}).annotate({ identifier: "SoftwareSummary" })

/** A piece of software across the tenant's assets. */
export const SoftwareFound = Schema.Struct({
  ...software,
  install_count: Schema.Int.annotate({ description: "How many assets have it" }),
  version_count: Schema.Int.annotate({ description: "How many versions of it there are on them" }),
  versions: Schema.Array(Schema.Struct({ version: NullableText, count: Schema.Int })).annotate({
    description: `Its versions, that on the most assets first; at most ${shownVersions}`
  }),
  assets: Schema.Array(
    Schema.Struct({
      asset_id: Uuid,
      asset_name: Schema.String,
      asset_type: Schema.String,
      client_id: Uuid,
      client_name: Schema.String,
      version: NullableText,
      install_date: Schema.NullOr(Timestamp)
    })
  ).annotate({ description: `The newest of the assets that have it; at most ${shownAssets}` })
}).annotate({ identifier: "SoftwareFound" })

const Size = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))

/** One line of an inventory. */
export const SoftwareEntry = Schema.Struct({
  name: Name(500),
  publisher: Schema.optionalKey(ClearableText(255)),
  version: Schema.optionalKey(ClearableText(255)),
  category: Schema.optionalKey(Category),
  software_type: Schema.optionalKey(Schema.NullOr(SoftwareType)),
  is_managed: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  is_security_relevant: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  install_date: Schema.optionalKey(Schema.NullOr(TimestampInput)),
  install_path: Schema.optionalKey(ClearableText(1000)),
  size_bytes: Schema.optionalKey(Schema.NullOr(Size))
}).annotate({ identifier: "SoftwareEntry" })

export const SoftwareInventory = Schema.Struct({
  software: Schema.Array(SoftwareEntry).check(
    Schema.isMaxLength(maxSoftware, { message: `Expected at most ${maxSoftware} entries` })
  )
}).annotate({ identifier: "SoftwareInventory" })

/** What an inventory has changed. */
export const SoftwareChange = Schema.Struct({
  asset_id: Uuid,
  total_installed: Schema.Int,
  installed: Schema.Int.annotate({ description: "What was not there before" }),
  updated: Schema.Int.annotate({ description: "What was there in another version, or with other data" }),
  uninstalled: Schema.Int.annotate({ description: "What is not there any more" }),
  unchanged: Schema.Int,
  duplicates: Schema.Int.annotate({
    description: "Entries that name the same software as a later one, which was taken instead"
  })
}).annotate({ identifier: "SoftwareChange" })

type Entry = typeof SoftwareEntry.Type

/** What two names of the same software have in common. */
export const normalizedName = (name: string) => name.trim().replace(/\s+/gu, " ").toLowerCase()

/** What makes an entry's software the same as another's: its name and its publisher. */
const keyOf = ({ name, publisher = null }: Entry) => JSON.stringify([normalizedName(name), publisher])

/** The entries by what they name, in an order that is the same for everybody; of several for the same, the last. */
export const distinctSoftware = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  const byKey = new Map(entries.map((entry) => [keyOf(entry), entry]))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
}

/** How much of an asset's software is of one kind; of none, if there is none at all. */
export interface SoftwareGroup {
  readonly category: (typeof softwareCategories)[number] | null
  readonly software_type: (typeof softwareTypes)[number] | null
  readonly is_managed: boolean | null
  readonly is_security_relevant: boolean | null
  readonly amount: number
  /** How much of it was installed in the last 30 days. */
  readonly recent: number
}

const uncategorized = "Uncategorized"

/** What the groups come to. */
export const summaryOf = (groups: ReadonlyArray<SoftwareGroup>): typeof SoftwareSummary.Type => {
  const sum = (of: (group: SoftwareGroup) => boolean) =>
    groups.filter(of).reduce((total, { amount }) => total + amount, 0)
  const ofType = (type: (typeof softwareTypes)[number]) => sum(({ software_type }) => software_type === type)
  const categories = new Set(groups.filter(({ amount }) => amount > 0).map(({ category }) => category))
  return {
    total_installed: sum(() => true),
    by_category: Object.fromEntries(
      [...categories].map((category) => [category ?? uncategorized, sum((group) => group.category === category)])
    ),
    by_type: {
      application: ofType("application"),
      driver: ofType("driver"),
      update: ofType("update"),
      system: ofType("system")
    },
    security_software_count: sum(({ is_security_relevant }) => is_security_relevant === true),
    managed_software_count: sum(({ is_managed }) => is_managed === true),
    recently_installed_count: groups.reduce((total, { recent }) => total + recent, 0)
  }
}
