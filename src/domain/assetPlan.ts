/** What an asset comes to that is made or changed along with many others: judged at once, by what was looked up for all. */
import type { CommonAssetChanges, NewAsset } from "./Asset.ts"
import { type ExtensionData, nextExtension, type TypeDefinition } from "./assetExtension.ts"
import type { Issue } from "./Errors.ts"

/** The columns of an asset that people write. */
export type AssetColumns = {
  readonly client_id: string
  readonly asset_type: string
  readonly asset_tag: string
  readonly name: string
  readonly status: string
  readonly serial_number: string | null
  readonly location: string | null
  readonly location_id: string | null
  readonly purchase_date: string | null
  readonly warranty_end_date: string | null
  readonly extension_data: ExtensionData | null
}

/** What there is to refer to. Ids are in lower case. */
export interface KnownThings {
  readonly hasClient: (client: string) => boolean
  /** Whether the location is an active one of the client's. */
  readonly hasLocation: (client: string, location: string) => boolean
  readonly typeOf: (slug: string) => TypeDefinition | undefined
}

/** The asset as it is to be, and what is wrong with that. */
export interface AssetPlan {
  readonly asset: AssetColumns
  readonly issues: ReadonlyArray<Issue>
}

const optional = {
  serial_number: null,
  location: null,
  location_id: null,
  purchase_date: null,
  warranty_end_date: null
}

/** What a new asset comes to. */
export const planNew = (
  { extension_data: sent, ...fields }: Omit<typeof NewAsset.Type, "rmm_provider" | "rmm_device_id">,
  known: KnownThings
): AssetPlan => {
  const asset = withLowerIds({ ...optional, ...fields, extension_data: null })
  const extension = extensionOf(asset.asset_type, { stored: null, sent, isNewType: true }, known)
  return {
    asset: { ...asset, extension_data: extension.data },
    issues: [...clientIssues(asset, known), ...locationIssues(asset, known), ...extension.issues]
  }
}

/**
 * What a changed asset comes to: without new ones, it leaves its location with its client, and the extension data that do
 * not fit its type with the type. What stays as it is, is not judged again.
 */
export const planChange = (
  current: AssetColumns,
  { extension_data: sent, ...fields }: typeof CommonAssetChanges.Type,
  known: KnownThings
): AssetPlan => {
  const wanted = withLowerIds({ ...current, ...fields })
  const moves = wanted.client_id !== current.client_id
  const asset = moves && fields.location_id === undefined ? { ...wanted, location_id: null } : wanted
  const isNewType = asset.asset_type !== current.asset_type
  const extension = extensionOf(asset.asset_type, { stored: current.extension_data, sent, isNewType }, known)
  return {
    asset: { ...asset, extension_data: extension.data },
    issues: [
      ...(moves ? clientIssues(asset, known) : []),
      ...(moves || asset.location_id !== current.location_id ? locationIssues(asset, known) : []),
      ...extension.issues
    ]
  }
}

const withLowerIds = (asset: AssetColumns): AssetColumns => ({
  ...asset,
  client_id: asset.client_id.toLowerCase(),
  location_id: asset.location_id?.toLowerCase() ?? null
})

const clientIssues = ({ client_id }: AssetColumns, { hasClient }: KnownThings): ReadonlyArray<Issue> =>
  hasClient(client_id) ? [] : [{ path: ["client_id"], message: "Client not found" }]

const locationIssues = (
  { client_id, location_id }: AssetColumns,
  { hasLocation }: KnownThings
): ReadonlyArray<Issue> =>
  location_id === null || hasLocation(client_id, location_id)
    ? []
    : [{ path: ["location_id"], message: "Selected location is not available for this client" }]

const extensionOf = (slug: string, change: Parameters<typeof nextExtension>[1], { typeOf }: KnownThings) => {
  if (change.sent === undefined && !change.isNewType) return { data: change.stored, issues: [] }
  const type = typeOf(slug)
  if (type !== undefined) return nextExtension(type, change)
  const issue: Issue = { path: ["asset_type"], message: "Expected one of the tenant's asset types" }
  return { data: change.stored, issues: [issue] }
}
