-- Deliveries to many destinations, each with one row: what is due is found without walking from destination to destination.
CREATE INDEX outbox_open_by_due ON outbox (due, sequence) WHERE state < 2;
