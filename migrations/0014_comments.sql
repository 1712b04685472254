-- Replies stay in the thread they answer; what hangs on a ticket, a thread or a user is found when these go.

ALTER TABLE comments ADD CONSTRAINT comments_of_thread_key UNIQUE (tenant, thread_id, comment_id);

ALTER TABLE comments ADD CONSTRAINT comments_parent_fkey
  FOREIGN KEY (tenant, thread_id, parent_comment_id) REFERENCES comments (tenant, thread_id, comment_id);

CREATE INDEX comment_threads_of_ticket ON comment_threads (tenant, ticket_id);

CREATE INDEX ticket_bundle_mirrors_of_child ON ticket_bundle_mirrors (tenant, child_ticket_id);

ALTER TABLE comment_reactions DROP CONSTRAINT comment_reactions_tenant_user_id_fkey;

ALTER TABLE comment_reactions ADD CONSTRAINT comment_reactions_user_fkey
  FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE CASCADE;

CREATE INDEX comment_reactions_by_user ON comment_reactions (tenant, user_id);
