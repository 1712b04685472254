-- The content of documents: once for each tenant that has it, known by its hash, kept in a store beside the database.

-- Its row is there before the content is, and goes before the content goes, so the store holds nothing that nobody knows
-- of. Whoever is about to need it says so in used_at: nothing is removed that was used a short while ago.
CREATE TABLE external_files (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  file_id uuid NOT NULL,
  content_hash text NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  file_size bigint NOT NULL CHECK (file_size > 0),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  used_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, file_id),
  CONSTRAINT external_files_content_key UNIQUE (tenant, content_hash)
);

CREATE INDEX external_files_by_use ON external_files (used_at);

ALTER TABLE documents ADD CONSTRAINT documents_file_fkey FOREIGN KEY (tenant, file_id) REFERENCES external_files;

CREATE INDEX documents_of_file ON documents (tenant, file_id) WHERE file_id IS NOT NULL;

CREATE INDEX document_associations_of_document ON document_associations (tenant, document_id);
