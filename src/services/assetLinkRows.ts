/** How the links of assets and tickets are read, from either side. */
import { LinkedAsset, LinkedTicket } from "../domain/AssetLink.ts"
import * as List from "../domain/List.ts"
import { columnsOf } from "./columns.ts"

/** The tickets of an asset. */
export const LinkedTicketList = List.make({
  filters: {
    status: List.equals("s.name"),
    status_id: List.id("t.status_id"),
    is_closed: List.flag("t.is_closed"),
    is_open: List.flag("(NOT t.is_closed)"),
    relationship_type: List.equals("l.relationship_type")
  },
  sorts: {
    updated_at: List.byTime("t.updated_at"),
    entered_at: List.byTime("t.entered_at"),
    linked_at: List.byTime("l.created_at"),
    ticket_number: "t.ticket_number",
    title: "t.title",
    status_name: "s.name",
    relationship_type: "l.relationship_type"
  },
  defaultSort: "updated_at",
  defaultOrder: "desc",
  defaultLimit: List.maxLimit,
  id: "t.ticket_id",
  search: ["t.ticket_number", "t.title"]
})

/** The assets of a ticket. */
export const LinkedAssetList = List.make({
  filters: {
    asset_type: List.equals("a.asset_type"),
    status: List.equals("a.status"),
    client_id: List.id("a.client_id"),
    relationship_type: List.equals("l.relationship_type")
  },
  sorts: {
    linked_at: List.byTime("l.created_at"),
    name: "a.name",
    asset_tag: "a.asset_tag",
    asset_type: "a.asset_type",
    status: "a.status",
    client_name: "c.client_name",
    relationship_type: "l.relationship_type"
  },
  defaultSort: "linked_at",
  defaultOrder: "desc",
  defaultLimit: List.maxLimit,
  id: "a.asset_id",
  search: ["a.name", "a.asset_tag", "a.serial_number", "c.client_name"]
})

const linkColumns = {
  relationship_type: "l.relationship_type",
  association_notes: "l.notes",
  linked_at: "l.created_at"
}

export const linkedTickets = {
  columns: columnsOf(LinkedTicket, "t", { status_name: "s.name", ...linkColumns }),
  from: `asset_associations l
    JOIN tickets t ON t.tenant = l.tenant AND t.ticket_id = l.entity_id
    JOIN statuses s ON s.tenant = t.tenant AND s.status_id = t.status_id`
}

export const linkedAssets = {
  columns: columnsOf(LinkedAsset, "a", { client_name: "c.client_name", ...linkColumns }),
  from: `asset_associations l
    JOIN assets a ON a.tenant = l.tenant AND a.asset_id = l.asset_id
    JOIN clients c ON c.tenant = a.tenant AND c.client_id = a.client_id`
}
