-- What is known of a document where it belongs, documents that are written here, and the notes of assets.

-- What the document is there for.
ALTER TABLE document_associations ADD COLUMN notes text;

-- The blocks of a document that is written here instead of uploaded. updated_at is their version.
CREATE TABLE document_block_content (
  tenant uuid NOT NULL,
  content_id uuid NOT NULL,
  document_id uuid NOT NULL,
  block_data jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant, content_id),
  CONSTRAINT document_block_content_document_key UNIQUE (tenant, document_id),
  FOREIGN KEY (tenant, document_id) REFERENCES documents ON DELETE CASCADE
);

CREATE TRIGGER document_block_content_touched BEFORE UPDATE ON document_block_content FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_asset();

UPDATE assets a SET notes_document_id = NULL WHERE notes_document_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM documents d WHERE d.tenant = a.tenant AND d.document_id = a.notes_document_id);

ALTER TABLE assets ADD CONSTRAINT assets_notes_document_fkey FOREIGN KEY (tenant, notes_document_id)
  REFERENCES documents ON DELETE SET NULL (notes_document_id);

CREATE INDEX assets_of_notes_document ON assets (tenant, notes_document_id) WHERE notes_document_id IS NOT NULL;
