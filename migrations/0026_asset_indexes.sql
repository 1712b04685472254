-- Search by an asset's tag or serial number takes as long with many assets as with few.

ALTER FUNCTION ticket_number_grams(text) RENAME TO number_grams;

CREATE INDEX assets_tag_grams ON assets USING gin (number_grams(asset_tag)) WITH (gin_pending_list_limit = 128);

CREATE INDEX assets_serial_number_grams ON assets USING gin (number_grams(serial_number))
  WITH (gin_pending_list_limit = 128);
