-- Posts to chat platforms have a worker of their own: neither worker walks over the rows of the other.
DROP INDEX outbox_open_by_due;
CREATE INDEX outbox_open_by_due ON outbox (due, sequence) WHERE state < 2 AND destination NOT GLOB 'chat/*';
CREATE INDEX outbox_open_posts_by_due ON outbox (due, sequence) WHERE state < 2 AND destination GLOB 'chat/*';
