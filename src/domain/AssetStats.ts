/** How many assets there are, of what kind, and what they are worth. */
import { Schema } from "effect"

const Counts = Schema.Record(Schema.String, Schema.Int)

export const AssetStats = Schema.Struct({
  total_assets: Schema.Int,
  assets_added_this_month: Schema.Int.annotate({ description: "Since the month began in UTC" }),
  average_asset_age_days: Schema.NullOr(Schema.Int).annotate({
    description: "Days since they were purchased, of those that have a `purchase_date`; null while none has one"
  }),
  total_asset_value: Schema.Finite.annotate({
    description: "The sum of `attributes.purchase_price`, in minor units; 0 while no asset has one"
  }),
  assets_by_type: Counts.annotate({ description: "By the type's slug" }),
  assets_by_status: Counts,
  assets_by_client: Counts.annotate({ description: "By the client's name: of the ten clients with the most" }),
  warranty_expiring_soon: Schema.Int.annotate({ description: "Within the next 30 days" }),
  warranty_expired: Schema.Int,
  maintenance_due: Schema.Int.annotate({ description: "Active schedules whose next maintenance is due" }),
  maintenance_overdue: Schema.Int.annotate({ description: "Of these, those due for more than seven days" })
}).annotate({ identifier: "AssetStats" })
